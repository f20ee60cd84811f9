-- Decides the tasks below tasks that ended, level by level (rule 6). Returns how many became runnable. The caller holds the row of the run.
create or replace function sluice.settle(ended bigint[]) returns int
language plpgsql set enable_seqscan = off as $$
declare
  released int := 0;
  found_runnable int;
begin
  while cardinality(ended) > 0 loop
    with hit as (
      select c.id,
        count(*) filter (where p.state = 'success')::int as ok,
        count(*) filter (where p.state in ('failed', 'upstream_failed', 'cancelled'))::int as bad,
        count(*) filter (where p.state = 'skipped')::int as skipped
      from sluice.task_run p
      join sluice.dep d on d.definition = p.definition and d.parent = p.no
      join sluice.task_run c on c.run = p.run and c.no = d.child
      where p.id = any(ended)
      group by c.id
    ), locked as materialized (
      select t.id, t.state as before, h.ok, h.bad, h.skipped,
        case when t.state = 'waiting'
          then sluice.passed(
            sluice.held(sluice.decide(t.rule, t.upstream, t.ok + h.ok, t.bad + h.bad, t.skipped + h.skipped), p.paused), t.left_out)
          else t.state end as after
      from sluice.task_run t join hit h on h.id = t.id
      join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
      order by t.id
      for update of t
    ), changed as (
      update sluice.task_run t set
        ok = t.ok + l.ok, bad = t.bad + l.bad, skipped = t.skipped + l.skipped,
        state = l.after,
        run_at = case when l.before = 'waiting' and l.after = 'queued' then now() else t.run_at end,
        queued_at = case when l.before = 'waiting' and l.after = 'queued' then now() else t.queued_at end,
        ended_at = case when l.before = 'waiting' and l.after in ('success', 'skipped', 'upstream_failed') then now() else t.ended_at end,
        reason = case when l.before = 'waiting' then sluice.reason_of(l.after, t.rule) else t.reason end
      from locked l where t.id = l.id
      returning t.id, l.before, l.after
    )
    select coalesce(array_agg(id) filter (where before = 'waiting' and after in ('success', 'skipped', 'upstream_failed')), '{}'),
      count(*) filter (where before = 'waiting' and after = 'queued')
    into ended, found_runnable from changed;
    released := released + found_runnable;
  end loop;
  return released;
end
$$;
