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
  new_ids text[];
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select def.* into at_definition from sluice.pipeline p join sluice.definition def on def.id = p.definition where p.id = pipeline_id;
  with entered as (
    insert into sluice.run (id, pipeline, definition, key, trigger, backfill, logical_time, interval_start, interval_end, params, actor)
    select n.id, pipeline_id, at_definition.id, n.key, run_trigger, of_backfill,
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
  insert into sluice.task_run (run, no, definition, version, task, kind, rule, pool, computes, priority, upstream, left_out)
  select n.id, t.no::int, at_definition.id, at_definition.version, t.spec ->> 'name', t.spec ->> 'kind', t.spec ->> 'rule',
    p.project || ':' || (t.spec #>> '{pool,name}'), (t.spec ->> 'computes')::boolean,
    case run_trigger when 'backfill' then -1 else 0 end,
    jsonb_array_length(t.spec -> 'upstream'), t.spec ->> 'name' = any(without)
  from unnest(new_ids) with ordinality n(id, nth)
  cross join sluice.pipeline p
  cross join jsonb_array_elements(at_definition.spec -> 'tasks') with ordinality t(spec, no)
  where p.id = pipeline_id
  order by n.nth, t.no;
  released := sluice.admit(pipeline_id);
end
$$;
