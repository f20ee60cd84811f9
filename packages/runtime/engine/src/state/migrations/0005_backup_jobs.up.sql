-- Backups that a step of a pipeline or a person asked for. The server makes them, one after another.
create table sluice.backup_job (
  id int generated always as identity primary key,
  -- `run` makes one, `verify` reads one again.
  kind text not null check (kind in ('run', 'verify')),
  -- Whose warehouse; null: the whole platform.
  project text,
  -- Of `verify`: which one; null: the newest.
  backup text,
  -- Of `run`: how many of the older ones stay, or for how long; null: all.
  keep text,
  -- The task that waits for it, in which of its attempts; null where a person asked.
  task_run bigint references sluice.task_run,
  generation int,
  attempt int,
  actor text not null,
  asked_at timestamptz not null default now(),
  began_at timestamptz,
  ended_at timestamptz,
  result jsonb,
  error jsonb
);
create index backup_job_waiting on sluice.backup_job (id) where ended_at is null;
create index backup_job_of on sluice.backup_job (task_run, generation);
