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
  interval_start timestamptz not null,
  interval_end timestamptz not null,
  as_of timestamptz not null,
  turn bigint not null,
  table_oid oid,
  table_file oid,
  receipts_oid oid not null,
  mode text not null check (mode in ('append', 'upsert')),
  inputs jsonb not null,
  rows_in bigint not null,
  rows_written bigint not null,
  rows_quarantined bigint not null,
  broken_rules jsonb,
  adjusted jsonb,
  bytes bigint not null,
  status text not null check (status in ('written', 'skipped', 'failed')),
  reason text,
  started_at timestamptz not null,
  written_at timestamptz not null,
  unique (dataset, batch, generation),
  check (rows_in = rows_written + rows_quarantined)
);

comment on table public.sluice_loads is 'One row a batch and generation: the warehouse''s own receipts. Loaded rows carry the id in _load_id.';

comment on column public.sluice_loads.as_of is 'The order of its rows under a key, with turn: the logical time, or that of the newest batch it has read.';

comment on column public.sluice_loads.broken_rules is 'Rows that went to quarantine, by the rule that they broke.';

comment on column public.sluice_loads.adjusted is 'Values that were rounded or made null to fit, by the rule that says why.';

comment on column public.sluice_loads.turn is 'Among loads of one as_of: the first load of the batch; the load itself where it has read more than batches.';

comment on column public.sluice_loads.table_file is 'Its file. TRUNCATE gives the table another one, and so does whatever writes it anew as a whole.';
comment on column public.sluice_loads.table_oid is 'The table that was loaded. A receipt ends with it, unless sluice_loads was restored too (receipts_oid).';

create index sluice_loads_run_idx on public.sluice_loads (run);

create index sluice_loads_order_idx on public.sluice_loads (dataset, as_of, turn);

create table public.sluice_quarantine (
  id bigint generated always as identity primary key,
  load_id bigint not null references public.sluice_loads (id) on delete cascade deferrable initially deferred,
  dataset text not null,
  batch text not null,
  generation integer not null,
  row_number bigint,
  rule text not null,
  place text not null,
  cells jsonb not null,
  quarantined_at timestamptz not null default clock_timestamp(),
  unique (load_id, row_number)
);

comment on table public.sluice_quarantine is 'Rows that a load refused: the cells as text, the rule and its columns (place), the record of the input (counted from 1), or null where a later load took the row out of the table. The lake has the same columns in <name>__quarantine.';

create index sluice_quarantine_dataset_idx on public.sluice_quarantine (dataset, batch);

create table public.sluice_superseded (
  dataset text not null,
  key text not null,
  load_id bigint not null,
  quarantine_id bigint,
  "row" jsonb not null,
  primary key (dataset, key, load_id)
);

comment on table public.sluice_superseded is 'Rows whose place in the table the row of another load has taken. When that load loses its row, the next in order comes back.';

create index sluice_superseded_load_idx on public.sluice_superseded (load_id);
