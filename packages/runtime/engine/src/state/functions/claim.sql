-- Gives a living worker up to `room` runnable tasks that wait and up to `computing` that compute, the most urgent first: by priority, then
-- by the time since which they may run. `versions`: only tasks of these; null is any. A task that was lost before in its generation is
-- given by itself to a worker that holds nothing (`alone`), and after five seconds to any: if it kills its process again, few are lost with
-- it (rule 7). So is an isolated task, which may block its process: only to a worker that holds nothing. All living workers but one may
-- run such tasks at once, so that they keep nobody waiting; where one has waited for five seconds, the first worker that runs none takes
-- nothing more until it is empty, and then that task. The only worker goes by urgency, and does so for no backfill. Tasks of full pools are
-- left out; then the row of each pool is locked and its running tasks are counted again, so that two claims cannot spend one slot twice.
-- Used slots are never stored, so that none can leak (rule 5). What the tasks above gave is read after the claim, by those that need it.
-- Its statements, as those of create_runs and finish, keep one plan for all values: to plan them for each call took a third of a claim.
create or replace function sluice.claim(worker_id bigint, room int, computing int, alone boolean, versions int[]) returns table (
  id bigint, token bigint, attempt int, resumed boolean, generation int, refetch boolean, task text, map_index int, computes boolean,
  isolated boolean, losses int,
  failures int, first_started_at timestamptz, started_at timestamptz, run text, run_state text, project text, pipeline text, version int, definition int,
  key text, trigger text, logical_time timestamptz, interval_start timestamptz, interval_end timestamptz, params jsonb, time_zone text,
  file text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  full_pools text[];
  lone sluice.task_run%rowtype;
  taken bigint[];
  pooled boolean := true;
  one record;
  living int;
  places int := 0;
  isolated bigint[];
  own sluice.task_run%rowtype;
begin
  if not exists (select 1 from sluice.worker w where w.id = worker_id and w.state = 'alive' and w.lease_until > now()) then
    return;
  end if;
  if computing > 0 and exists (select from sluice.task_run t where t.state = 'queued' and t.work = 2 and t.run_at <= now()) then
    select count(*) into living from sluice.worker w where w.state = 'alive' and w.lease_until > now();
    -- Of two claims at once one sees no place: the other holds the lock for a moment.
    if not alone or pg_try_advisory_xact_lock(hashtext('sluice.isolated')) then
      places := greatest(1, living - 1) - (select count(*) from sluice.task_run t where t.state = 'running' and t.work = 2);
    end if;
    if not alone and places > 0 and sluice.isolated_waits(living = 1) and worker_id = (
      select min(w.id) from sluice.worker w where w.state = 'alive' and w.lease_until > now()
        and not exists (select from sluice.task_run t where t.worker = w.id and t.state = 'running' and t.work = 2)
    ) then
      return;
    end if;
  end if;
  if exists (select from sluice.task_run t where t.state = 'queued' and t.losses > 0) then
    select coalesce(array_agg(p.name), '{}') into full_pools from sluice.pool p
    where p.slots <= (select count(*) from sluice.task_run t where t.pool = p.name and t.state = 'running');
    select t.* into lone from sluice.task_run t
    where t.state = 'queued' and t.losses > 0 and t.run_at <= now() - case when alone then interval '0' else interval '5 s' end
      and (t.pool is null or t.pool <> all(full_pools))
      and (versions is null or t.version = any(versions)) and case when t.computes then computing else room end > 0
      and (t.work < 2 or (alone and places > 0))
    order by t.priority desc, t.run_at, t.id
    limit 1
    for update skip locked;
  end if;
  if alone and places > 0 then
    -- Not within the condition: there it would run once for each row of the table.
    isolated := sluice.lock_urgent(2, versions, 1, lone);
    select t.* into own from sluice.task_run t where t.id = any(isolated);
    if own.id is not null then
      lone := own;
    end if;
    if lone.work = 2 and living > 1 and lone.run_at <= now() - interval '5 s' then
      taken := array[lone.id];
    end if;
  end if;
  if taken is null and lone.id is null then
    taken := sluice.lock_head(versions, room, computing);
    pooled := taken is null;
  end if;
  if taken is null then
    taken := sluice.lock_urgent(1, versions, computing, lone) || sluice.lock_urgent(0, versions, room, lone);
  end if;
  if cardinality(taken) = 0 and lone.id is not null then
    taken := array[lone.id];
  end if;
  if cardinality(taken) = 0 then
    return;
  end if;
  if pooled then
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
  end if;
  update sluice.task_run t set
    state = 'running', worker = worker_id,
    token = t.token + 1,
    attempt = t.attempt + case when t.resume then 0 else 1 end,
    started_at = case when t.resume then t.started_at else now() end,
    first_started_at = coalesce(t.first_started_at, now())
  where t.id = any(taken);
  return query
    select t.id, t.token, t.attempt, t.resume, t.generation, t.refetch, t.task, t.map_index, t.computes, t.work = 2, t.losses, t.failures, t.first_started_at,
      t.started_at,
      r.id, r.state, p.project, p.name, t.version, def.id, r.key, r.trigger, r.logical_time, r.interval_start, r.interval_end, r.params,
      def.time_zone, def.file
    from sluice.task_run t
    join sluice.run r on r.id = t.run
    join sluice.pipeline p on p.id = r.pipeline
    join sluice.definition def on def.id = t.definition
    where t.id = any(taken)
    order by t.priority desc, t.run_at, t.id;
end
$$;
