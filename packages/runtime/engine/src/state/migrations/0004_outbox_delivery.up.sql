-- The relay leases, repeats and gives up: what it keeps of each message. The other outboxes have the same columns (notify, `sluice_outbox.up.sql`).
alter table sluice.outbox
  add column next_at timestamptz not null default now(),
  add column lease_until timestamptz,
  add column deliveries int not null default 0 check (deliveries >= 0),
  add column failed_at timestamptz,
  add check (delivered_at is null or failed_at is null);
drop index sluice.outbox_open;
create index outbox_due on sluice.outbox (next_at, id) where delivered_at is null and failed_at is null;
