-- Cancels a run: tasks that have not begun end at once, running tasks are stopped by their workers. Returns the id, or null for an unknown
-- run.
create or replace function sluice.cancel(run_id text) returns text
language plpgsql set enable_seqscan = off as $$
begin
  perform 1 from sluice.run where id = run_id for no key update;
  if not found then
    return null;
  end if;
  update sluice.run set cancel = true where id = run_id and state in ('queued', 'running');
  if found then
    update sluice.task_run set state = 'cancelled', ended_at = now(), reason = 'the run was cancelled'
    where run = run_id and state in ('waiting', 'queued');
    perform sluice.complete(array[run_id]);
  end if;
  return run_id;
end
$$;
