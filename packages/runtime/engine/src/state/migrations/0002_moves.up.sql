-- The moves of runs and task runs, each one statement for its caller.
--
-- Locks, always in this order: pipeline, run (by id), task run. Whoever moves tasks of a run other than by claiming holds the run's
-- row, so cascades of one run never meet and batches over several runs lock in one order: no deadlocks, and the last of two tasks to
-- end sees that it is the last. A claim takes queued tasks with SKIP LOCKED and waits for no task and no run.

-- plan/trigger.ts `decide`, in SQL; a property test holds the two equal.
create function sluice.decide(rule text, upstream int, ok int, bad int, skipped int) returns text
language sql immutable parallel safe as $$
  select case
    when rule in ('all_success', 'none_failed') and bad > 0 then 'upstream_failed'
    when rule = 'one_failed' and bad > 0 then 'queued'
    when ok + bad + skipped < upstream then 'waiting'
    when rule = 'one_failed' then 'skipped'
    when rule = 'all_success' and skipped > 0 then 'skipped'
    else 'queued'
  end
$$;

create function sluice.reason_of(state text, rule text) returns text
language sql immutable parallel safe as $$
  select case state
    when 'upstream_failed' then 'a task above failed'
    when 'skipped' then case rule when 'one_failed' then 'no task above failed' else 'a task above was skipped' end
  end
$$;

-- Tells the tasks below about tasks that ended, level by level. Returns how many became runnable. Holds the run's row.
create function sluice.settle(ended bigint[]) returns int
language plpgsql set enable_seqscan = off as $$
declare
  released int := 0;
  found_runnable int;
begin
  while cardinality(ended) > 0 loop
    with hit as (
      select c.id,
        count(*) filter (where p.state = 'success')::int as ok,
        count(*) filter (where p.state in ('failed', 'upstream_failed', 'cancelled'))::int as bad,
        count(*) filter (where p.state = 'skipped')::int as skipped
      from sluice.task_run p
      join sluice.dep d on d.version = p.version and d.parent = p.no
      join sluice.task_run c on c.run = p.run and c.no = d.child
      where p.id = any(ended)
      group by c.id
    ), locked as materialized (
      select t.id, t.state as before, h.ok, h.bad, h.skipped,
        case when t.state = 'waiting'
          then sluice.decide(t.rule, t.upstream, t.ok + h.ok, t.bad + h.bad, t.skipped + h.skipped)
          else t.state end as after
      from sluice.task_run t join hit h on h.id = t.id
      order by t.id
      for update of t
    ), moved as (
      update sluice.task_run t set
        ok = t.ok + l.ok, bad = t.bad + l.bad, skipped = t.skipped + l.skipped,
        state = l.after,
        run_at = case when l.before = 'waiting' and l.after = 'queued' then now() else t.run_at end,
        queued_at = case when l.before = 'waiting' and l.after = 'queued' then now() else t.queued_at end,
        ended_at = case when l.before = 'waiting' and l.after in ('skipped', 'upstream_failed') then now() else t.ended_at end,
        reason = case when l.before = 'waiting' then sluice.reason_of(l.after, t.rule) else t.reason end
      from locked l where t.id = l.id
      returning t.id, l.before, l.after
    )
    select coalesce(array_agg(id) filter (where before = 'waiting' and after in ('skipped', 'upstream_failed')), '{}'),
      count(*) filter (where before = 'waiting' and after = 'queued')
    into ended, found_runnable from moved;
    released := released + found_runnable;
  end loop;
  return released;
end
$$;

-- Decides upon all waiting tasks of a run by their counters. Returns how many became runnable. Holds the run's row.
create function sluice.evaluate(run_id text) returns int
language plpgsql set enable_seqscan = off as $$
declare
  ended bigint[];
  released int;
begin
  with d as materialized (
    select t.id, sluice.decide(t.rule, t.upstream, t.ok, t.bad, t.skipped) as after
    from sluice.task_run t where t.run = run_id and t.state = 'waiting' order by t.id for update of t
  ), moved as (
    update sluice.task_run t set
      state = d.after,
      run_at = case d.after when 'queued' then now() end,
      queued_at = case d.after when 'queued' then now() end,
      ended_at = case when d.after <> 'queued' then now() end,
      reason = sluice.reason_of(d.after, t.rule)
    from d where d.id = t.id and d.after <> 'waiting'
    returning t.id, t.state
  )
  select coalesce(array_agg(id) filter (where state <> 'queued'), '{}'), count(*) filter (where state = 'queued')
  into ended, released from moved;
  return released + sluice.settle(ended);
end
$$;

-- Ends those of the runs that have no open task, and puts their notifications into the outbox. Holds the runs' rows.
create function sluice.complete(run_ids text[]) returns text[]
language plpgsql set enable_seqscan = off as $$
declare
  done text[];
begin
  with counted as (
    select t.run, bool_or(t.state in ('failed', 'upstream_failed')) as failed
    from sluice.task_run t where t.run = any(run_ids)
    group by t.run having not bool_or(t.state in ('waiting', 'queued', 'running'))
  ), moved as (
    update sluice.run r set
      state = case when r.cancel then 'cancelled' when c.failed then 'failed' else 'success' end,
      started_at = coalesce(r.started_at, now()),
      ended_at = now()
    from counted c where c.run = r.id and r.state in ('queued', 'running')
    returning r.id, r.version, r.state, r.generation
  ), sent as (
    insert into sluice.outbox (key, run, event, channel)
    select m.id || ':' || m.generation || ':' || e.event || ':' || (c.channel ->> 'channel') || ':' || (c.channel ->> 'to'), m.id, e.event, c.channel
    from moved m
    join sluice.pipeline_version v on v.id = m.version
    cross join lateral (select case m.state when 'success' then 'success' when 'failed' then 'failure' end as event) e
    cross join lateral jsonb_array_elements(v.spec -> 'notify' -> e.event) c(channel)
    where e.event is not null
    on conflict (key) do nothing
  )
  select coalesce(array_agg(id), '{}') into done from moved;
  return done;
end
$$;

-- Lets waiting runs of a pipeline begin while there is room. Returns how many tasks became runnable.
create function sluice.admit(pipeline_id int) returns int
language plpgsql set enable_seqscan = off as $$
declare
  room int;
  next_run text;
  released int := 0;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select coalesce((v.spec ->> 'maxActiveRuns')::int, 1) into room
  from sluice.pipeline p join sluice.pipeline_version v on v.id = p.version where p.id = pipeline_id;
  room := room - (select count(*) from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted);
  while room > 0 loop
    select r.id into next_run from sluice.run r
    where r.pipeline = pipeline_id and r.state in ('queued', 'running') and not r.admitted
    order by r.created_at, r.logical_time, r.id limit 1 for no key update;
    exit when next_run is null;
    update sluice.run set admitted = true where id = next_run;
    released := released + sluice.evaluate(next_run);
    if cardinality(sluice.complete(array[next_run])) = 0 then
      room := room - 1;
    end if;
  end loop;
  return released;
end
$$;

-- A run of the pipeline's current version with all its tasks, unless the key is taken. Null then.
create function sluice.create_run(
  run_id text, pipeline_id int, run_key text, run_trigger text, logical bigint, starts bigint, ends bigint, given jsonb
) returns int
language plpgsql set enable_seqscan = off as $$
declare
  at_version sluice.pipeline_version%rowtype;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select v.* into at_version from sluice.pipeline p join sluice.pipeline_version v on v.id = p.version where p.id = pipeline_id;
  insert into sluice.run (id, pipeline, version, key, trigger, logical_time, interval_start, interval_end, params)
  values (
    run_id, pipeline_id, at_version.id, run_key, run_trigger,
    timestamptz 'epoch' + logical * interval '1 ms',
    timestamptz 'epoch' + starts * interval '1 ms',
    timestamptz 'epoch' + ends * interval '1 ms',
    coalesce(at_version.spec -> 'params', '{}') || given
  )
  on conflict (pipeline, key) do nothing;
  if not found then
    return null;
  end if;
  insert into sluice.task_run (run, no, version, bundle, task, kind, rule, pool, priority, upstream)
  select run_id, t.no::int, at_version.id, at_version.bundle, t.spec ->> 'name', t.spec ->> 'kind', t.spec ->> 'rule', t.spec ->> 'pool',
    case run_trigger when 'backfill' then -1 else 0 end,
    jsonb_array_length(t.spec -> 'upstream')
  from jsonb_array_elements(at_version.spec -> 'tasks') with ordinality t(spec, no)
  order by t.no;
  return sluice.admit(pipeline_id);
end
$$;

-- Gives a living worker up to `how_many` runnable tasks of its bundle, the most urgent first. Pools: candidates of full pools are left
-- out, then each pool's row is locked and its running tasks counted again, so that two claims cannot spend one slot twice; used slots
-- are never stored, so none can leak.
-- What the tasks above gave is read after the claim, in a later snapshot: a claimed task may have been released a moment ago.
create function sluice.claim(worker_id bigint, bundle_id int, how_many int) returns table (
  id bigint, attempt int, resumed boolean, generation int, task text, failures int, first_started_at timestamptz, started_at timestamptz,
  run text, run_state text, project text, pipeline text, version int, key text, trigger text, logical_time timestamptz,
  interval_start timestamptz, interval_end timestamptz, params jsonb, time_zone text, file text, upstream jsonb
)
language plpgsql set enable_seqscan = off as $$
#variable_conflict use_column
declare
  full_pools text[];
  taken bigint[];
  one record;
begin
  if not exists (select 1 from sluice.worker w where w.id = worker_id and w.state = 'alive' and w.lease_until > now()) then
    return;
  end if;
  select coalesce(array_agg(p.name), '{}') into full_pools from sluice.pool p
  where p.slots <= (select count(*) from sluice.task_run t where t.pool = p.name and t.state = 'running');
  select coalesce(array_agg(c.id), '{}') into taken from (
    select t.id from sluice.task_run t
    where t.bundle = bundle_id and t.state = 'queued' and t.run_at <= now() and (t.pool is null or t.pool <> all(full_pools))
    order by t.priority desc, t.run_at, t.id
    limit how_many
    for update skip locked
  ) c;
  if cardinality(taken) = 0 then
    return;
  end if;
  for one in
    select t.pool as name, array_agg(t.id order by t.priority desc, t.run_at, t.id) as ids
    from sluice.task_run t where t.id = any(taken) and t.pool is not null group by t.pool order by t.pool
  loop
    perform 1 from sluice.pool p where p.name = one.name for update;
    if found then
      taken := array(select id from unnest(taken) id where id <> all(one.ids[1 + greatest(0,
        (select p.slots from sluice.pool p where p.name = one.name)
        - (select count(*)::int from sluice.task_run t where t.pool = one.name and t.state = 'running')):]));
    end if;
  end loop;
  update sluice.task_run t set
    state = 'running', worker = worker_id,
    attempt = t.attempt + case when t.resume then 0 else 1 end,
    started_at = case when t.resume then t.started_at else now() end,
    first_started_at = coalesce(t.first_started_at, now())
  where t.id = any(taken);
  return query
    select t.id, t.attempt, t.resume, t.generation, t.task, t.failures, t.first_started_at, t.started_at,
      r.id, r.state, p.project, p.name, v.id, r.key, r.trigger, r.logical_time, r.interval_start, r.interval_end, r.params, v.time_zone, v.file,
      case when t.upstream > 0 then (
        select jsonb_object_agg(u.task, u.output) from sluice.dep d join sluice.task_run u on u.run = t.run and u.no = d.parent
        where d.version = t.version and d.child = t.no and u.output is not null
      ) end
    from sluice.task_run t
    join sluice.run r on r.id = t.run
    join sluice.pipeline p on p.id = r.pipeline
    join sluice.pipeline_version v on v.id = t.version
    where t.id = any(taken)
    order by t.priority desc, t.run_at, t.id;
end
$$;

-- Ends, retries or reschedules attempts of one worker. An item counts only while its attempt is the one at hand and this worker's
-- (rule 1); the ids of the others come back in `lost`. Attempts, receipts, the tasks below, ended runs and their
-- notifications move in the same transaction (rule 6).
create function sluice.finish(worker_id bigint, items jsonb, out released int, out lost bigint[], out ended_runs text[], out pipelines int[])
language plpgsql set enable_seqscan = off as $$
declare
  runs text[];
  accepted bigint[];
  terminal bigint[];
begin
  select coalesce(array_agg(r.id), '{}') into runs from (
    select r.id from sluice.run r
    where r.id in (select t.run from jsonb_to_recordset(items) i(id bigint) join sluice.task_run t on t.id = i.id)
    order by r.id
    for no key update
  ) r;
  with i as (
    select * from jsonb_to_recordset(items)
      i(id bigint, attempt int, outcome text, "delayMs" bigint, output jsonb, "hasOutput" boolean, error jsonb, reason text)
  ), before as materialized (
    select t.id, t.worker, t.started_at, r.cancel from sluice.task_run t join i on i.id = t.id join sluice.run r on r.id = t.run
    where t.worker = worker_id and t.attempt = i.attempt and t.state = 'running'
    order by t.id
    for update of t
  ), moved as (
    update sluice.task_run t set
      state = case
        when i.outcome in ('success', 'failed', 'skipped', 'cancelled') then i.outcome
        when b.cancel then 'cancelled'
        else 'queued' end,
      run_at = case when i.outcome in ('retry', 'rescheduled') then now() + i."delayMs" * interval '1 ms' else t.run_at end,
      resume = i.outcome = 'rescheduled' or (i.outcome = 'released' and t.resume),
      attempt = t.attempt - case when i.outcome = 'released' and not t.resume then 1 else 0 end,
      failures = t.failures + case when i.outcome in ('retry', 'failed') then 1 else 0 end,
      worker = null,
      output = case when i."hasOutput" then i.output end,
      error = case when i.outcome = 'rescheduled' then t.error else i.error end,
      reason = i.reason,
      ended_at = case when i.outcome in ('success', 'failed', 'skipped', 'cancelled') or b.cancel then now() end
    from i join before b on b.id = i.id
    where t.id = i.id
    returning t.id, t.attempt, t.generation, t.state, b.started_at, i.outcome, i.error
  ), history as (
    insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, error)
    select m.id, m.attempt, m.generation, worker_id::text,
      case when m.outcome = 'retry' then 'failed' when m.outcome = 'rescheduled' then 'cancelled' else m.outcome end,
      m.started_at, now(), m.error
    from moved m where m.outcome <> 'released' and (m.outcome <> 'rescheduled' or m.state = 'cancelled')
  ), receipts as (
    insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt)
    select m.id, m.attempt, e.receipt ->> 'dataset', e.receipt ->> 'batch', (e.receipt ->> 'generation')::int, e.receipt ->> 'status', e.receipt
    from moved m
    join jsonb_to_recordset(items) i(id bigint, receipts jsonb) on i.id = m.id
    cross join lateral jsonb_array_elements(i.receipts) e(receipt)
    on conflict (batch, generation, dataset) do nothing
  )
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(id) filter (where state <> 'queued'), '{}') into accepted, terminal from moved;
  released := sluice.settle(terminal);
  ended_runs := case when cardinality(terminal) > 0 then sluice.complete(runs) else '{}' end;
  pipelines := case when cardinality(ended_runs) > 0
    then array(select distinct r.pipeline from sluice.run r where r.id = any(ended_runs)) else '{}' end;
  lost := array(select i.id from jsonb_to_recordset(items) i(id bigint) where i.id <> all(accepted));
end
$$;

-- Gives the tasks of workers that are gone back to the queue: those named, those whose lease ran out, and any task held by a worker that
-- is not alive. A task lost more than `most` times in its generation fails: it is likely what kills its workers.
create function sluice.reap(gone bigint[], most int, out released int, out reaped int, out ended_runs text[], out pipelines int[])
language plpgsql set enable_seqscan = off as $$
declare
  runs text[];
  terminal bigint[];
begin
  update sluice.worker w set state = 'lost' where w.state = 'alive' and (w.id = any(gone) or w.lease_until < now());
  select coalesce(array_agg(r.id), '{}') into runs from (
    select r.id from sluice.run r
    where r.id in (
      select t.run from sluice.task_run t left join sluice.worker w on w.id = t.worker
      where t.state = 'running' and coalesce(w.state, 'lost') <> 'alive'
    )
    order by r.id
    for no key update
  ) r;
  with before as materialized (
    select t.id, t.worker, r.cancel from sluice.task_run t join sluice.run r on r.id = t.run left join sluice.worker w on w.id = t.worker
    where t.run = any(runs) and t.state = 'running' and coalesce(w.state, 'lost') <> 'alive'
    order by t.id
    for update of t
  ), moved as (
    update sluice.task_run t set
      state = case when b.cancel then 'cancelled' when t.losses >= most then 'failed' else 'queued' end,
      run_at = now(), worker = null, resume = false, losses = t.losses + 1,
      ended_at = case when b.cancel or t.losses >= most then now() end,
      error = case when b.cancel then t.error else jsonb_build_object(
        'code', 'task.killed', 'kind', 'retryable',
        'message', 'the worker process ' || b.worker || ' died while it ran this task',
        'next', 'Look at the end of the log; a task that is killed again and again often needs more memory than there is.') end
    from before b where b.id = t.id
    returning t.id, t.attempt, t.generation, t.started_at, t.state, b.worker, b.cancel, t.error
  ), history as (
    insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, error)
    select m.id, m.attempt, m.generation, m.worker::text, case when m.cancel then 'cancelled' else 'lost' end, m.started_at, now(), m.error
    from moved m
  )
  select coalesce(array_agg(id) filter (where state <> 'queued'), '{}'), count(*), count(*) filter (where state = 'queued')
  into terminal, reaped, released from moved;
  released := released + sluice.settle(terminal);
  ended_runs := case when cardinality(terminal) > 0 then sluice.complete(runs) else '{}' end;
  pipelines := case when cardinality(ended_runs) > 0
    then array(select distinct r.pipeline from sluice.run r where r.id = any(ended_runs)) else '{}' end;
end
$$;

-- Tells a run to stop: what has not begun ends at once, running tasks are stopped by their workers. Returns the run's id when known.
create function sluice.cancel(run_id text) returns text
language plpgsql set enable_seqscan = off as $$
begin
  perform 1 from sluice.run where id = run_id for no key update;
  if not found then
    return null;
  end if;
  update sluice.run set cancel = true where id = run_id and state in ('queued', 'running');
  if found then
    update sluice.task_run set state = 'cancelled', ended_at = now(), reason = 'the run was cancelled'
    where run = run_id and state in ('waiting', 'queued');
    perform sluice.complete(array[run_id]);
  end if;
  return run_id;
end
$$;

-- Puts tasks of a run back to waiting (or to a state given by hand), counts anew what is above every open task, and goes on.
-- Refused (null) while one of them runs. `raise` begins a new generation, whose failures and losses count from zero.
create function sluice.reset_tasks(run_id text, names text[], raise boolean, marked text, mark_as text) returns int
language plpgsql set enable_seqscan = off as $$
declare
  released int;
begin
  perform 1 from sluice.run where id = run_id for no key update;
  perform 1 from sluice.task_run t where t.run = run_id and (t.task = any(names) or t.task = marked) order by t.id for update;
  if exists (select 1 from sluice.task_run t where t.run = run_id and (t.task = any(names) or t.task = marked) and t.state = 'running') then
    return null;
  end if;
  update sluice.task_run t set
    state = 'waiting', generation = t.generation + case when raise then 1 else 0 end, failures = 0, losses = 0, resume = false,
    output = null, error = null, reason = null, run_at = null, queued_at = null, first_started_at = null, started_at = null, ended_at = null
  where t.run = run_id and t.task = any(names);
  if marked is not null then
    update sluice.task_run t set state = mark_as, ended_at = now(), error = null, reason = 'marked by hand', resume = false
    where t.run = run_id and t.task = marked;
  end if;
  update sluice.task_run t set ok = n.ok, bad = n.bad, skipped = n.skipped
  from (
    select c.id,
      count(p.id) filter (where p.state = 'success')::int as ok,
      count(p.id) filter (where p.state in ('failed', 'upstream_failed', 'cancelled'))::int as bad,
      count(p.id) filter (where p.state = 'skipped')::int as skipped
    from sluice.task_run c
    left join sluice.dep d on d.version = c.version and d.child = c.no
    left join sluice.task_run p on p.run = c.run and p.no = d.parent
    where c.run = run_id and c.state in ('waiting', 'queued', 'running')
    group by c.id
  ) n
  where n.id = t.id;
  update sluice.run set state = 'running', cancel = false, ended_at = null, generation = generation + 1
  where id = run_id and state in ('success', 'failed', 'cancelled');
  released := case when (select admitted from sluice.run where id = run_id) then sluice.evaluate(run_id) else 0 end;
  perform sluice.complete(array[run_id]);
  return released;
end
$$;
