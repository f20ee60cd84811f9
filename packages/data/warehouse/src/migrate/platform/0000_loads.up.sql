create table public.sluice_loads (
  id bigint generated always as identity primary key,
  project text not null,
  dataset text not null,
  batch text not null,
  generation integer not null,
  pipeline text not null,
  run text not null,
  task text not null,
  attempt integer not null,
  logical_time timestamptz not null,
  mode text not null check (mode in ('append', 'upsert')),
  inputs jsonb not null,
  rows_in bigint not null,
  rows_written bigint not null,
  rows_quarantined bigint not null,
  bytes bigint not null,
  status text not null check (status in ('written', 'skipped', 'failed')),
  reason text,
  started_at timestamptz not null,
  written_at timestamptz not null,
  unique (dataset, batch, generation),
  check (rows_in = rows_written + rows_quarantined)
);

comment on table public.sluice_loads is 'One row a batch and generation: the warehouse''s own receipts. Loaded rows carry the id in _load_id.';

create index sluice_loads_run_idx on public.sluice_loads (run);

create table public.sluice_quarantine (
  id bigint generated always as identity primary key,
  load_id bigint not null references public.sluice_loads (id) on delete cascade deferrable initially deferred,
  dataset text not null,
  batch text not null,
  generation integer not null,
  line bigint not null,
  rule text not null,
  column_name text,
  "row" jsonb not null,
  quarantined_at timestamptz not null default clock_timestamp(),
  unique (load_id, line)
);

comment on table public.sluice_quarantine is 'Rows that a load refused: the row as text, the rule it broke, the record of the input it was (counted from 1).';

create index sluice_quarantine_dataset_idx on public.sluice_quarantine (dataset, batch);
