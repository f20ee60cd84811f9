-- Cancels runs: tasks that have not begun end at once, running tasks are stopped by their workers. Runs that have ended stay as they are.
-- Returns the ids of the runs that it found open.
create or replace function sluice.cancel_runs(run_ids text[]) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  open_ids text[];
begin
  perform 1 from sluice.run r where r.id = any(run_ids) order by r.id for no key update;
  with told as (
    update sluice.run r set cancel = true where r.id = any(run_ids) and r.state in ('queued', 'running') returning r.id
  )
  select coalesce(array_agg(t.id), '{}') into open_ids from told t;
  perform sluice.end_at_hand(open_ids, null, 'the run was cancelled');
  update sluice.task_run t set state = 'cancelled', ended_at = now(), reason = 'the run was cancelled'
  where t.run = any(open_ids) and t.state in ('waiting', 'queued');
  perform sluice.complete(open_ids);
  return open_ids;
end
$$;
