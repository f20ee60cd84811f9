-- Whether an isolated task has waited for five seconds for a process that is empty, and not for its pool. `urgent`: one that no
-- backfill has made.
create or replace function sluice.isolated_waits(urgent boolean) returns boolean
language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return exists (
    select from sluice.queue_parts() p
    left join sluice.pool o on o.name = p.pool
    cross join lateral (
      select t.id from sluice.task_run t
      where t.state = 'queued' and t.losses = 0
        and t.version = p.version and t.work = p.work and coalesce(t.pool, '') = p.pool and -t.priority = p.urgency
        and t.run_at <= now() - interval '5 s'
      limit 1
    ) h
    where p.work = 2 and (p.urgency <= 0 or not urgent)
      and (o.name is null or o.slots > (select count(*) from sluice.task_run r where r.pool = o.name and r.state = 'running'))
  ) or exists (
    select from sluice.task_run t left join sluice.pool o on o.name = t.pool
    where t.state = 'queued' and t.losses > 0 and t.work = 2 and t.run_at <= now() - interval '5 s' and (t.priority >= 0 or not urgent)
      and (o.name is null or o.slots > (select count(*) from sluice.task_run r where r.pool = o.name and r.state = 'running'))
  );
end
$$;
