-- Ends the runs among these that have no open task, and adds their notifications to the outbox. The caller holds the rows of the runs.
create or replace function sluice.complete(run_ids text[]) returns text[]
language plpgsql set enable_seqscan = off as $$
declare
  done text[];
begin
  with counted as (
    select e.run, exists (select 1 from sluice.task_run t where t.run = e.run and t.state in ('failed', 'upstream_failed')) as failed
    from unnest(run_ids) e(run)
    where not exists (select 1 from sluice.task_run t where t.run = e.run and t.state in ('waiting', 'queued', 'running'))
  ), changed as (
    update sluice.run r set
      state = case when r.cancel then 'cancelled' when c.failed then 'failed' else 'success' end,
      -- Since it began to wait: what ran before it was cleared is not its time. One in which nothing ran since (marked by hand) keeps all.
      started_at = coalesce(
        least(r.started_at, (select min(t.started_at) from sluice.task_run t where t.run = r.id and t.started_at >= r.waits_since)),
        (select min(t.started_at) from sluice.task_run t where t.run = r.id), now()),
      ended_at = now()
    from counted c where c.run = r.id and r.state in ('queued', 'running')
    returning r.id, r.pipeline, r.definition, r.state, r.generation
  ), sent as (
    insert into sluice.outbox (key, run, event, channel, topic)
    select m.id || ':' || m.generation || ':' || e.event || ':' || (c.channel ->> 'channel') || ':' || (c.channel ->> 'to'), m.id, e.event, c.channel,
      m.pipeline || ':' || e.event
    from changed m
    join sluice.definition def on def.id = m.definition
    cross join lateral (select case m.state when 'success' then 'success' when 'failed' then 'failure' end as event) e
    cross join lateral jsonb_array_elements(def.spec -> 'notify' -> e.event) c(channel)
    where e.event is not null
    on conflict (key) do nothing
  )
  select coalesce(array_agg(id), '{}') into done from changed;
  return done;
end
$$;
