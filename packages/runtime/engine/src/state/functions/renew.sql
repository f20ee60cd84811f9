-- Moves a run that has ended to the newest version of its pipeline, so that what is cleared runs with the code of today. Its tasks keep
-- their history by their names. Those that are new wait; those that are gone stand behind the others, and no longer count as failed. A run
-- that goes on keeps its version (rule 12).
create or replace function sluice.renew(run_id text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  newest sluice.definition%rowtype;
begin
  perform 1 from sluice.pipeline p where p.id = (select r.pipeline from sluice.run r where r.id = run_id) for no key update;
  perform 1 from sluice.run where id = run_id for no key update;
  select def.* into newest
  from sluice.run r join sluice.pipeline p on p.id = r.pipeline join sluice.definition def on def.id = p.definition
  where r.id = run_id and r.definition <> p.definition and r.state in ('success', 'failed', 'cancelled');
  if not found then
    return;
  end if;
  -- A number is unique within the run: all step aside before any takes its new one.
  update sluice.task_run t set no = -t.no where t.run = run_id;
  with declared as (
    select n.no::int, n.spec ->> 'name' as task, n.spec ->> 'kind' as kind, n.spec ->> 'rule' as rule,
      p.project || ':' || (n.spec #>> '{pool,name}') as pool,
      (n.spec ->> 'computes')::boolean as computes, jsonb_array_length(n.spec -> 'upstream') as upstream
    from sluice.pipeline p, jsonb_array_elements(newest.spec -> 'tasks') with ordinality n(spec, no)
    where p.id = newest.pipeline
  ), kept as (
    update sluice.task_run t set
      no = d.no, definition = newest.id, version = newest.version, kind = d.kind, rule = d.rule, pool = d.pool, computes = d.computes,
      upstream = d.upstream
    from declared d where t.run = run_id and t.task = d.task
    returning t.task
  )
  insert into sluice.task_run (run, no, definition, version, task, kind, rule, pool, computes, priority, upstream, left_out)
  select run_id, d.no, newest.id, newest.version, d.task, d.kind, d.rule, d.pool, d.computes, case r.trigger when 'backfill' then -1 else 0 end, d.upstream,
    -- A part of a pipeline stays a part of it.
    exists (select 1 from sluice.task_run o where o.run = run_id and o.left_out)
  from declared d join sluice.run r on r.id = run_id
  where d.task not in (select k.task from kept k)
  order by d.no;
  update sluice.task_run t set
    no = gone.no, definition = newest.id, version = newest.version, upstream = 0,
    state = case t.state when 'success' then t.state else 'skipped' end, reason = 'the newest version has no such task'
  from (
    select g.id, jsonb_array_length(newest.spec -> 'tasks') + row_number() over (order by g.no desc)::int as no
    from sluice.task_run g where g.run = run_id and g.no < 0
  ) gone
  where t.id = gone.id;
  update sluice.run set definition = newest.id where id = run_id;
end
$$;
