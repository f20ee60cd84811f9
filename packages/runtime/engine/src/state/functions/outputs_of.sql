-- What tasks of a run gave, for a task of it that runs: of a run that nobody works for, nothing is told.
create or replace function sluice.outputs_of(of_run text, wanted text[]) returns table (task text, map_index int, output jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.task, t.map_index, t.output from sluice.task_run t
  where t.run = of_run and t.task = any(wanted) and t.output is not null
    and exists (select from sluice.task_run w where w.run = of_run and w.state = 'running')
  order by t.map_index
$$;
