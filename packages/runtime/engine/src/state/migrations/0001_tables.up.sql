create schema if not exists sluice;

-- One load of a project's sources, named by their hash: `versions/<name>`.
create table sluice.version (
  id int generated always as identity primary key,
  name text not null unique,
  published_at timestamptz not null default now()
);

create table sluice.pipeline (
  id int generated always as identity primary key,
  project text not null,
  name text not null,
  paused boolean not null default false,
  -- False once its file is gone. A broken file leaves it true, with the last good version.
  active boolean not null default true,
  definition int,
  -- Ticks up to this instant are decided.
  cursor_at timestamptz not null default now(),
  -- When the scheduler looks at the pipeline again; null without a schedule.
  next_tick timestamptz,
  -- The actor who last paused it, let it go on or rewound it.
  changed_by text,
  unique (project, name)
);

-- A pipeline as one version declares it.
create table sluice.definition (
  id int generated always as identity primary key,
  pipeline int not null references sluice.pipeline,
  version int not null references sluice.version,
  time_zone text not null,
  -- Of the pipeline's module, relative to the state directory: that may be moved.
  file text not null,
  -- Relative to the project's folder, as in definition_error.
  source text not null,
  spec jsonb not null,
  unique (pipeline, version)
);
alter table sluice.pipeline add foreign key (definition) references sluice.definition;

-- Edges of a definition, by position in its topological order: parent < child. Runs share them.
create table sluice.dep (
  definition int not null references sluice.definition,
  parent int not null,
  child int not null,
  primary key (definition, parent, child)
);
create index dep_child on sluice.dep (definition, child, parent);

create table sluice.definition_error (
  project text not null,
  file text not null,
  line int,
  col int,
  message text not null,
  next text,
  frame text
);
create index on sluice.definition_error (project);

-- Past ticks that somebody asked for: their runs wait, stop and are counted together.
create table sluice.backfill (
  id int generated always as identity primary key,
  pipeline int not null references sluice.pipeline,
  interval_start timestamptz not null,
  interval_end timestamptz not null,
  reprocess boolean not null,
  -- Of its own runs, below what the pipeline gives to backfills; null where it has no limit of its own.
  max_active_runs int check (max_active_runs > 0),
  -- None of its runs begins; those that have begun go on.
  paused boolean not null default false,
  cancelled_at timestamptz,
  created_at timestamptz not null default now(),
  -- The actors who asked for it, and who last paused, resumed or cancelled it.
  actor text not null,
  changed_by text
);
create index on sluice.backfill (pipeline, id desc);

create table sluice.run (
  id text collate "C" primary key,
  pipeline int not null references sluice.pipeline,
  definition int not null references sluice.definition,
  key text not null,
  -- The class of the run (core/run-class.ts).
  trigger text not null check (trigger in ('scheduled', 'manual', 'backfill')),
  backfill int references sluice.backfill,
  state text not null default 'queued' check (state in ('queued', 'running', 'success', 'failed', 'cancelled')),
  -- Whether its tasks may run: there was room among the active runs of the pipeline. Those of a paused pipeline stay waiting all the same.
  admitted boolean not null default false,
  -- Since when it waits for room: since it was made, or since it was cleared after it had ended.
  waits_since timestamptz not null default now(),
  cancel boolean not null default false,
  -- Raised by clear: a run that fails again notifies again.
  generation int not null default 1,
  logical_time timestamptz not null,
  interval_start timestamptz not null,
  interval_end timestamptz not null,
  params jsonb not null,
  -- The actors who made it, and who last cancelled it, cleared or marked a task of it or had it processed again.
  actor text not null,
  changed_by text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  -- Warehouses hold a copy of the runs that have ended (`sluice_runs`). `change` counts how often a run has ended or was opened again, and
  -- `mirrored` is the count that the copy has. A run whose count is higher is copied by the next process that looks, so
  -- that nothing is lost when a process dies.
  change int not null default 0,
  mirrored int not null default 0,
  -- The transaction of its latest change (state/changes.ts).
  changed xid8 not null default pg_current_xact_id(),
  unique (pipeline, key),
  check ((trigger = 'backfill') = (backfill is not null))
);
create index run_changed on sluice.run (changed);
create index run_newest on sluice.run (pipeline, id);
create index run_state on sluice.run (pipeline, state, id);
-- Admission reads the heads of the waiting runs and counts those under way: what it costs does not grow with the runs that wait.
create index run_waiting on sluice.run (pipeline, trigger, backfill, waits_since, logical_time, id)
  where state in ('queued', 'running') and not admitted;
create index run_active on sluice.run (pipeline, trigger, backfill) where state in ('queued', 'running') and admitted;
create index run_backfill on sluice.run (backfill, state) where backfill is not null;
create index run_unmirrored on sluice.run (id) where mirrored < change;

-- One row for each process, narrow and without an index on what the heartbeat changes (rule 2).
create table sluice.worker (
  id bigint generated always as identity primary key,
  host text not null,
  pid int not null,
  state text not null default 'alive' check (state in ('alive', 'stopped', 'lost')),
  started_at timestamptz not null default now(),
  lease_until timestamptz not null
) with (fillfactor = 70);

-- Roles of processes that may do less than the owner (state/worker-role.ts). Every host that has the owner's URL finds the same password.
create table sluice.process_role (
  name text primary key,
  password text not null
);

create table sluice.pool (
  name text primary key,
  slots int not null check (slots >= 0)
);

-- The queue and its history. Ids follow the topological order within a run.
create table sluice.task_run (
  id bigint generated always as identity primary key,
  run text collate "C" not null references sluice.run,
  no int not null,
  -- Which of the task runs of a mapped task; null of a task that has one.
  map_index int check (map_index >= 0),
  definition int not null,
  version int not null,
  task text not null,
  kind text not null,
  rule text not null,
  pool text,
  -- Of its step: at most one such task runs in a worker process at once.
  computes boolean not null,
  -- 0 waits; 1 computes beside tasks that wait; 2 is isolated: it may block the event loop, so that nothing runs beside it.
  work int not null generated always as (case when not computes then 0 when kind = 'task' then 2 else 1 end) stored,
  priority int not null default 0,
  state text not null default 'waiting'
    check (state in ('waiting', 'queued', 'running', 'success', 'failed', 'skipped', 'upstream_failed', 'cancelled')),
  -- How many task runs are directly above it in this run (a task that is mapped has many), and how many of them ended in which way.
  upstream int not null,
  ok int not null default 0,
  bad int not null default 0,
  skipped int not null default 0,
  run_at timestamptz,
  worker bigint,
  -- The fencing token: counts every claim, also one that is given back or goes on with an attempt. It never goes back.
  token bigint not null default 0,
  -- Counts the attempts that people see, also across clears. A claim that is given back takes its own back.
  attempt int not null default 0,
  -- The next claim continues the attempt at hand (a sensor between two polls).
  resume boolean not null default false,
  -- Failures of the code and losses of workers are counted apart, from zero in each generation (rule 7).
  failures int not null default 0,
  losses int not null default 0,
  generation int not null default 1,
  -- Of this generation: what it lands is asked of its source again, and comes beside what is there.
  refetch boolean not null default false,
  output jsonb,
  error jsonb,
  reason text,
  queued_at timestamptz,
  -- Of the first attempt of the generation: the whole wait of a sensor counts from here.
  first_started_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  -- The transaction of its latest change; of its making none, which the change of its run tells.
  changed xid8 not null default '0',
  unique nulls not distinct (run, no, map_index)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
-- In the order of `queue_parts`: a claim probes the head of each part.
create index task_run_queued on sluice.task_run (version, work, (coalesce(pool, '')), (-priority), run_at, id)
  where state = 'queued' and losses = 0;
create index task_run_changed on sluice.task_run (changed) where changed > '0'::xid8;
-- Whether any is isolated is one probe.
create index task_run_isolated on sluice.task_run (run_at) where state = 'queued' and work = 2;
create index task_run_lost on sluice.task_run (priority desc, run_at, id) where state = 'queued' and losses > 0;
-- The cost of a finish does not grow with the run: whether a task is open is one probe.
create index task_run_open on sluice.task_run (run) where state in ('waiting', 'queued', 'running');
create index task_run_running on sluice.task_run (worker) where state = 'running';
create index task_run_pool on sluice.task_run (pool) where state = 'running' and pool is not null;

-- Attempts that ended; the one at hand is in task_run.
create table sluice.attempt (
  task_run bigint not null references sluice.task_run,
  attempt int not null,
  generation int not null,
  worker text not null,
  state text not null check (state in ('success', 'failed', 'skipped', 'lost', 'cancelled')),
  started_at timestamptz not null,
  ended_at timestamptz not null,
  error jsonb,
  reason text,
  primary key (task_run, attempt)
);

-- The sinks' receipts, as far as attempts reported them.
create table sluice.ledger (
  id bigint generated always as identity primary key,
  task_run bigint not null references sluice.task_run,
  attempt int not null,
  dataset text not null,
  batch text not null,
  generation int not null,
  status text not null,
  receipt jsonb not null,
  recorded_at timestamptz not null default now(),
  unique (batch, generation, dataset)
);
create index on sluice.ledger (task_run);
create index on sluice.ledger (dataset, id desc);

-- Batches that a step took of datasets that its own pipeline does not write: each is given to it in one run.
create table sluice.taken (
  pipeline int not null references sluice.pipeline,
  task text not null,
  dataset text not null,
  batch text not null,
  run text collate "C" not null references sluice.run,
  primary key (pipeline, task, dataset, batch)
);

-- Messages about runs. A relay leases a message, tries again, and gives up. The other outboxes have the same columns (notify,
-- `sluice_outbox.up.sql`).
create table sluice.outbox (
  id bigint generated always as identity primary key,
  key text not null unique,
  run text collate "C" not null references sluice.run,
  event text not null check (event in ('success', 'failure')),
  channel jsonb not null,
  -- Many messages of one topic become one mail.
  topic text not null default '',
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  attempts int not null default 0,
  error text,
  next_at timestamptz not null default now(),
  lease_until timestamptz,
  deliveries int not null default 0 check (deliveries >= 0),
  faults int not null default 0,
  held boolean not null default false,
  recipients jsonb not null default '{}',
  bundle text,
  failed_at timestamptz,
  check (delivered_at is null or failed_at is null)
);
create index outbox_due on sluice.outbox (next_at, id) where delivered_at is null and failed_at is null;
create index outbox_delivered on sluice.outbox (delivered_at) where delivered_at is not null;
