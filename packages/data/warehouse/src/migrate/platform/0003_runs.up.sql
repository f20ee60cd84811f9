create table public.sluice_runs (
  id bigint not null default nextval('public.sluice_loads_id_seq') unique,
  run text collate "C" primary key,
  project text not null,
  pipeline text not null,
  key text not null,
  trigger text not null,
  logical_time timestamptz not null,
  state text not null check (state in ('queued', 'running', 'success', 'failed', 'cancelled')),
  failed_task text,
  error_code text,
  error text,
  tasks integer not null,
  tasks_succeeded integer not null,
  tasks_skipped integer not null,
  tasks_failed integer not null,
  rows_quarantined bigint not null default 0,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  change integer not null
);

comment on table public.sluice_runs is 'The project''s runs that have ended at least once, told by the engine, whose database is the truth: one row a run.';
comment on column public.sluice_runs.id is 'From the sequence of sluice_loads: no load and no run share one.';
comment on column public.sluice_runs.state is 'running, where a run that had ended was cleared and goes on.';
comment on column public.sluice_runs.failed_task is 'The task that failed first, with its error.';
comment on column public.sluice_runs.change is 'Counted by the engine; a row is never replaced by an older one.';
comment on column public.sluice_runs.rows_quarantined is 'Rows that its steps left out, in lake and warehouse, by the receipts of their latest generation.';
