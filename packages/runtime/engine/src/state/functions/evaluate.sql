-- Decides all waiting tasks of a run by their counters. Returns how many became runnable. The caller holds the row of the run.
create or replace function sluice.evaluate(run_id text) returns int
language plpgsql set enable_seqscan = off as $$
declare
  ended bigint[];
  released int;
begin
  with d as materialized (
    select t.id, sluice.decide(t.rule, t.upstream, t.ok, t.bad, t.skipped) as after
    from sluice.task_run t where t.run = run_id and t.state = 'waiting' order by t.id for update of t
  ), changed as (
    update sluice.task_run t set
      state = d.after,
      run_at = case d.after when 'queued' then now() end,
      queued_at = case d.after when 'queued' then now() end,
      ended_at = case when d.after <> 'queued' then now() end,
      reason = sluice.reason_of(d.after, t.rule)
    from d where d.id = t.id and d.after <> 'waiting'
    returning t.id, t.state
  )
  select coalesce(array_agg(id) filter (where state <> 'queued'), '{}'), count(*) filter (where state = 'queued')
  into ended, released from changed;
  return released + sluice.settle(ended);
end
$$;
