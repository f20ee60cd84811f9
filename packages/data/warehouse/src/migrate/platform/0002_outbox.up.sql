create table public.sluice_outbox (
  id bigint generated always as identity primary key,
  key text not null unique,
  channel jsonb not null check (channel ->> 'channel' is not null and channel ->> 'to' is not null),
  topic text not null default '',
  subject text not null,
  text text not null,
  html text not null,
  facts jsonb not null default '{}',
  created_at timestamptz not null default now(),
  next_at timestamptz not null default now(),
  lease_until timestamptz,
  attempts int not null default 0,
  deliveries int not null default 0 check (deliveries >= 0),
  faults int not null default 0,
  held boolean not null default false,
  recipients jsonb not null default '{}',
  bundle text,
  delivered_at timestamptz,
  failed_at timestamptz,
  error text,
  check (delivered_at is null or failed_at is null)
);

comment on table public.sluice_outbox is 'Messages about data, written in the transaction of the data and sent by the relay: one row a key. deliveries > 1: sent again after a crash window.';
comment on column public.sluice_outbox.topic is 'Messages of one topic to one channel leave together where there are many';
comment on column public.sluice_outbox.recipients is 'Addresses that need no further try, by what became of the message there';
comment on column public.sluice_outbox.bundle is 'The mail it shares with others';
comment on column public.sluice_outbox.held is 'The mail settings are wrong; it waits until they are corrected. faults: attempts that met that';

create index sluice_outbox_due_idx on public.sluice_outbox (next_at, id) where delivered_at is null and failed_at is null;
create index sluice_outbox_delivered_idx on public.sluice_outbox (delivered_at) where delivered_at is not null;
