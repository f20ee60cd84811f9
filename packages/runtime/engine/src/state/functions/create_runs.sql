-- Creates runs of the pipeline's current version with all their tasks, and lets begin what there is room for. Keys that have a run are left
-- out (rule 11): `made` are the others. `released` says how many tasks became runnable. One statement for any number of runs. Tasks of
-- `without` are left out: each ends where it could begin, so that the others keep their order.
create or replace function sluice.create_runs(
  pipeline_id int, run_trigger text, of_backfill int, ids text[], keys text[], logical bigint[], starts bigint[], ends bigint[], given jsonb,
  by_actor text default 'owner', without text[] default '{}',
  out made text[], out released int
)
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  at_definition sluice.definition%rowtype;
  at_once boolean;
  new_ids text[];
  chosen text[];
  begun text[];
  one text;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select def.* into at_definition from sluice.pipeline p join sluice.definition def on def.id = p.definition where p.id = pipeline_id;
  -- Where nobody waits and there is room for all of them, they begin as they are made: `admissible` would choose them.
  at_once := run_trigger <> 'backfill'
    and not exists (select from sluice.pipeline p where p.id = pipeline_id and p.paused)
    and not exists (select from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and not r.admitted)
    and (
      select coalesce(count(*) + cardinality(ids) <= (at_definition.spec #>> '{maxActiveRuns,total}')::int, true)
        and count(*) filter (where r.trigger = run_trigger) + cardinality(ids) <= (at_definition.spec -> 'maxActiveRuns' ->> run_trigger)::int
      from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted
    );
  with entered as (
    insert into sluice.run (id, pipeline, definition, key, trigger, backfill, admitted, logical_time, interval_start, interval_end, params, actor)
    select n.id, pipeline_id, at_definition.id, n.key, run_trigger, of_backfill, at_once,
      timestamptz 'epoch' + n.logical * interval '1 ms',
      timestamptz 'epoch' + n.starts * interval '1 ms',
      timestamptz 'epoch' + n.ends * interval '1 ms',
      coalesce(at_definition.spec -> 'params', '{}') || given, by_actor
    from unnest(ids, keys, logical, starts, ends) n(id, key, logical, starts, ends)
    on conflict (pipeline, key) do nothing
    returning id, key
  )
  select coalesce(array_agg(e.id), '{}'), coalesce(array_agg(e.key), '{}') into new_ids, made from entered e;
  if cardinality(made) = 0 then
    released := 0;
    return;
  end if;
  if at_once then
    begun := new_ids;
  else
    chosen := sluice.admissible(pipeline_id);
    begun := array(select id from unnest(new_ids) id where id = any(chosen));
    update sluice.run r set admitted = true where r.id = any(begun);
  end if;
  -- What may begin is put into the queue as it is written: an update of each task afterwards was half of the time of a wide run.
  with entered as (
    insert into sluice.task_run (run, no, definition, version, task, kind, rule, pool, computes, priority, upstream, left_out, state, run_at, queued_at,
      changed)
    select e.run, e.no, at_definition.id, at_definition.version, e.spec ->> 'name', e.spec ->> 'kind', e.spec ->> 'rule',
      e.project || ':' || (e.spec #>> '{pool,name}'), (e.spec ->> 'computes')::boolean,
      case run_trigger when 'backfill' then -1 else 0 end, e.upstream, e.left_out,
      case when e.begins then 'queued' else 'waiting' end, case when e.begins then now() end, case when e.begins then now() end,
      case when e.begins then pg_current_xact_id() else '0' end
    from (
      select n.id as run, n.nth, t.no::int, t.spec, p.project, l.upstream, l.left_out, n.id = any(begun) and l.upstream = 0 and not l.left_out as begins
      from unnest(new_ids) with ordinality n(id, nth)
      cross join sluice.pipeline p
      cross join jsonb_array_elements(at_definition.spec -> 'tasks') with ordinality t(spec, no)
      cross join lateral (select jsonb_array_length(t.spec -> 'upstream') as upstream, t.spec ->> 'name' = any(without) as left_out) l
      where p.id = pipeline_id
    ) e
    order by e.nth, e.no
    returning state
  )
  select count(*) filter (where e.state = 'queued') into released from entered e;
  if cardinality(without) > 0 then
    foreach one in array begun loop
      released := released + sluice.evaluate(one);
    end loop;
  end if;
  -- A run without a task that can run ends at once, and its place is free for others; and there was room for runs that waited before. All
  -- that begin have the same tasks: where one became runnable, none of them ends.
  if (released = 0 and cardinality(sluice.complete(begun)) > 0) or cardinality(chosen) > cardinality(begun) then
    released := released + sluice.admit(pipeline_id);
  end if;
end
$$;
