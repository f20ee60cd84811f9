drop index sluice.outbox_due;
alter table sluice.outbox drop column next_at, drop column lease_until, drop column deliveries, drop column failed_at;
create index outbox_open on sluice.outbox (id) where delivered_at is null;
