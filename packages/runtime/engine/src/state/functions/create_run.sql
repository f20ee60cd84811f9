-- Creates a run of the pipeline's current version with all its tasks, and admits it when there is room. Returns how many tasks became
-- runnable, or null when the key has a run (rule 11).
create or replace function sluice.create_run(
  run_id text, pipeline_id int, run_key text, run_trigger text, logical bigint, starts bigint, ends bigint, given jsonb
) returns int
language plpgsql set enable_seqscan = off as $$
declare
  at_definition sluice.definition%rowtype;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select def.* into at_definition from sluice.pipeline p join sluice.definition def on def.id = p.definition where p.id = pipeline_id;
  insert into sluice.run (id, pipeline, definition, key, trigger, logical_time, interval_start, interval_end, params)
  values (
    run_id, pipeline_id, at_definition.id, run_key, run_trigger,
    timestamptz 'epoch' + logical * interval '1 ms',
    timestamptz 'epoch' + starts * interval '1 ms',
    timestamptz 'epoch' + ends * interval '1 ms',
    coalesce(at_definition.spec -> 'params', '{}') || given
  )
  on conflict (pipeline, key) do nothing;
  if not found then
    return null;
  end if;
  insert into sluice.task_run (run, no, definition, version, task, kind, rule, pool, computes, priority, upstream)
  select run_id, t.no::int, at_definition.id, at_definition.version, t.spec ->> 'name', t.spec ->> 'kind', t.spec ->> 'rule',
    p.project || ':' || (t.spec #>> '{pool,name}'), (t.spec ->> 'computes')::boolean,
    case run_trigger when 'backfill' then -1 else 0 end,
    jsonb_array_length(t.spec -> 'upstream')
  from sluice.pipeline p, jsonb_array_elements(at_definition.spec -> 'tasks') with ordinality t(spec, no)
  where p.id = pipeline_id
  order by t.no;
  return sluice.admit(pipeline_id);
end
$$;
