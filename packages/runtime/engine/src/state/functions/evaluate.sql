-- Decides all waiting tasks of a run by their counters; of a paused pipeline none. A task that waited because of a pause may not run before
-- the time that it had. Returns how many became runnable. The caller holds the row of the run.
create or replace function sluice.evaluate(run_id text) returns int
language plpgsql set enable_seqscan = off as $$
declare
  ended bigint[];
  released int;
begin
  perform 1 from sluice.run r join sluice.pipeline p on p.id = r.pipeline where r.id = run_id and p.paused;
  if found then
    return 0;
  end if;
  with d as materialized (
    select t.id, sluice.passed(sluice.decide(t.rule, t.upstream, t.ok, t.bad, t.skipped), t.left_out) as after
    from sluice.task_run t where t.run = run_id and t.state = 'waiting' order by t.id for update of t
  ), changed as (
    update sluice.task_run t set
      state = d.after,
      run_at = case d.after when 'queued' then greatest(t.run_at, now()) end,
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
