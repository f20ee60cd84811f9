-- The pipelines of a project with what tells when they run: for budgets, which count what the month still needs.
create or replace function sluice.schedules_of(of_project text) returns table (name text, paused boolean, schedule jsonb, time_zone text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.name, p.paused, nullif(def.spec -> 'schedule', 'null'), def.time_zone
  from sluice.pipeline p join sluice.definition def on def.id = p.definition
  where p.active and p.project = of_project
  order by p.name
$$;
