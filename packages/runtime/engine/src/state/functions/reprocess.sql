-- Gives runs to a backfill and begins a new generation of all their tasks, those that have ended with the newest version (rule 12). The
-- runs then wait for room; one that was under way goes on. Returns the runs of which a task is running: then nothing has been changed. What
-- `reset_tasks` does to tasks of one run, in as many statements for a thousand of them. The caller holds the row of the pipeline.
create or replace function sluice.reprocess(run_ids text[], of_backfill int) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  busy text[];
  one text;
begin
  perform 1 from sluice.run r where r.id = any(run_ids) order by r.id for no key update;
  perform 1 from sluice.task_run t where t.run = any(run_ids) order by t.id for update;
  busy := array(select distinct t.run from sluice.task_run t where t.run = any(run_ids) and t.state = 'running' order by t.run);
  if cardinality(busy) > 0 then
    return busy;
  end if;
  update sluice.run r set trigger = 'backfill', backfill = of_backfill where r.id = any(run_ids);
  for one in
    select r.id from sluice.run r join sluice.pipeline p on p.id = r.pipeline where r.id = any(run_ids) and r.definition <> p.definition
  loop
    perform sluice.renew(one);
  end loop;
  perform sluice.end_at_hand(run_ids, null, 'the task was cleared');
  -- Tasks that the version lacks stand behind its own (`renew`): they are history.
  update sluice.task_run t set
    state = 'waiting', generation = t.generation + 1, priority = least(t.priority, -1), refetch = false, failures = 0, losses = 0, resume = false,
    ok = 0, bad = 0, skipped = 0,
    output = null, error = null, reason = null, run_at = null, queued_at = null, first_started_at = null, started_at = null, ended_at = null
  from sluice.run r join sluice.definition def on def.id = r.definition
  where r.id = any(run_ids) and t.run = r.id and t.no <= jsonb_array_length(def.spec -> 'tasks');
  update sluice.run r set
    state = 'queued', admitted = false, waits_since = now(), cancel = false, ended_at = null, generation = r.generation + 1
  where r.id = any(run_ids) and r.state in ('success', 'failed', 'cancelled');
  for one in select r.id from sluice.run r where r.id = any(run_ids) and r.admitted loop
    perform sluice.evaluate(one);
  end loop;
  return '{}';
end
$$;
