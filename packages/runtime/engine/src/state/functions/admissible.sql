-- The waiting runs of a pipeline that there is room for now, in the order in which they begin. Room is counted for each class and in all
-- (`maxActiveRuns`). What the schedule and people made comes before backfills, and in the order in which it began to wait; backfills one
-- after another, each by logical time and within its own limit. Nothing of a paused pipeline, or of a paused backfill, begins.
create or replace function sluice.admissible(pipeline_id int) returns text[]
language plpgsql stable set enable_seqscan = off as $$
declare
  most jsonb;
  room int;
begin
  select def.spec -> 'maxActiveRuns' into most
  from sluice.pipeline p join sluice.definition def on def.id = p.definition where p.id = pipeline_id and not p.paused;
  if not found then
    return '{}';
  end if;
  select (most ->> 'total')::int - count(*) into room
  from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted;
  if room <= 0 then
    return '{}';
  end if;
  return array(
    with recursive active as materialized (
      select r.trigger, r.backfill, count(*)::int as n from sluice.run r
      where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted
      group by r.trigger, r.backfill
    ), soon as materialized (
      select head.* from jsonb_each_text(most) class(name, most)
      cross join lateral (
        select r.id, r.waits_since, r.logical_time from sluice.run r
        where r.pipeline = pipeline_id and r.trigger = class.name and r.state in ('queued', 'running') and not r.admitted
        order by r.backfill, r.waits_since, r.logical_time, r.id
        limit greatest(0, class.most::int - coalesce((select sum(a.n) from active a where a.trigger = class.name), 0))
      ) head
      where class.name not in ('total', 'backfill')
      order by head.waits_since, head.logical_time, head.id
      limit room
    ), left_over as materialized (
      select least(room - (select count(*) from soon),
        (most ->> 'backfill')::int - coalesce((select sum(a.n) from active a where a.trigger = 'backfill'), 0)) as room
    ), waiting(backfill) as (
      -- One probe of the index for each backfill with runs that wait.
      (select r.backfill from sluice.run r
      where r.pipeline = pipeline_id and r.trigger = 'backfill' and r.state in ('queued', 'running') and not r.admitted
      order by r.backfill limit 1)
      union all
      select (
        select r.backfill from sluice.run r
        where r.pipeline = pipeline_id and r.trigger = 'backfill' and r.state in ('queued', 'running') and not r.admitted and r.backfill > w.backfill
        order by r.backfill limit 1
      ) from waiting w where w.backfill is not null
    ), later as (
      select head.*, b.id as backfill from waiting w
      join sluice.backfill b on b.id = w.backfill and not b.paused
      cross join lateral (
        select r.id, r.waits_since, r.logical_time from sluice.run r
        where r.pipeline = pipeline_id and r.trigger = 'backfill' and r.backfill = b.id and r.state in ('queued', 'running') and not r.admitted
        order by r.waits_since, r.logical_time, r.id
        limit greatest(0, least((select l.room from left_over l),
          b.max_active_runs - coalesce((select a.n from active a where a.backfill = b.id), 0)))
      ) head
      order by b.id, head.waits_since, head.logical_time, head.id
      limit greatest(0, (select l.room from left_over l))
    )
    select o.id from (
      select 0 as backfill, s.id, s.waits_since, s.logical_time from soon s
      union all
      select l.backfill, l.id, l.waits_since, l.logical_time from later l
    ) o
    order by o.backfill, o.waits_since, o.logical_time, o.id
  );
end
$$;
