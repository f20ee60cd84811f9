-- Sets tasks of a run back to waiting, or one task to a state given by hand, counts what is above every open task again, and decides them.
-- Returns null, and changes nothing, while one of them is running. `raise` begins a new generation, whose failures and losses count from
-- zero; `ask_again` has it ask its sources again. A run that had ended waits for room as any other, and its time counts anew.
create or replace function sluice.reset_tasks(run_id text, names text[], raise boolean, ask_again boolean, marked text, mark_as text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  of_pipeline int;
  released int := 0;
begin
  select r.pipeline into of_pipeline from sluice.run r where r.id = run_id;
  perform 1 from sluice.pipeline where id = of_pipeline for no key update;
  perform 1 from sluice.run where id = run_id for no key update;
  perform 1 from sluice.task_run t where t.run = run_id and (t.task = any(names) or t.task = marked) order by t.id for update;
  if exists (select 1 from sluice.task_run t where t.run = run_id and (t.task = any(names) or t.task = marked) and t.state = 'running') then
    return null;
  end if;
  perform sluice.end_at_hand(array[run_id], names, 'the task was cleared');
  perform sluice.end_at_hand(array[run_id], array[marked], 'marked by hand');
  update sluice.task_run t set
    state = 'waiting', generation = t.generation + case when raise then 1 else 0 end,
    refetch = case when raise then ask_again else t.refetch end, failures = 0, losses = 0, resume = false,
    output = null, error = null, reason = null, run_at = null, queued_at = null, first_started_at = null, started_at = null, ended_at = null
  where t.run = run_id and t.task = any(names);
  if marked is not null then
    update sluice.task_run t set state = mark_as, ended_at = now(), error = null, reason = 'marked by hand', resume = false
    where t.run = run_id and t.task = marked;
  end if;
  update sluice.task_run t set ok = n.ok, bad = n.bad, skipped = n.skipped
  from (
    select c.id,
      count(p.id) filter (where p.state = 'success')::int as ok,
      count(p.id) filter (where p.state in ('failed', 'upstream_failed', 'cancelled'))::int as bad,
      count(p.id) filter (where p.state = 'skipped')::int as skipped
    from sluice.task_run c
    left join sluice.dep d on d.definition = c.definition and d.child = c.no
    left join sluice.task_run p on p.run = c.run and p.no = d.parent
    where c.run = run_id and c.state in ('waiting', 'queued', 'running')
    group by c.id
  ) n
  where n.id = t.id;
  -- Of a backfill that is over nothing is left to pause: what it was when its last run ended would hold this one for ever.
  update sluice.backfill b set paused = false
  from sluice.run r
  where r.id = run_id and r.state in ('success', 'failed', 'cancelled') and b.id = r.backfill and b.paused
    and not exists (select 1 from sluice.run o where o.backfill = b.id and o.state in ('queued', 'running'));
  update sluice.run set
    state = 'queued', admitted = false, waits_since = now(), cancel = false, started_at = null, ended_at = null, generation = generation + 1
  where id = run_id and state in ('success', 'failed', 'cancelled');
  if (select admitted from sluice.run where id = run_id) then
    released := sluice.evaluate(run_id);
  end if;
  perform sluice.complete(array[run_id]);
  return released + sluice.admit(of_pipeline);
end
$$;
