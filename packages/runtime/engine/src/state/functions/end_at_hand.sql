-- Ends attempts that wait between two polls, since their tasks are cancelled, cleared or marked: what they did so far stays to be seen. All
-- tasks of the runs where `names` is null. The caller holds the rows of the runs, and changes the tasks after that.
create or replace function sluice.end_at_hand(run_ids text[], names text[], why text) returns void
language plpgsql set enable_seqscan = off as $$
begin
  insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, reason)
  select t.id, t.attempt, t.generation, '', 'cancelled', t.started_at, now(), why
  from sluice.task_run t
  where t.run = any(run_ids) and (names is null or t.task = any(names)) and t.state in ('waiting', 'queued') and t.resume;
end
$$;
