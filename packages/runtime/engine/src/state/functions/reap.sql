-- Queues the tasks of dead workers again: of those named, of those whose lease expired, and of any worker that is not alive. A task that
-- was lost more than `most` times in its generation fails: it is likely what kills its workers (rule 7). `told` is how the processes named
-- have ended, as {what, next}; of the others nothing is known but that no heartbeat came.
create or replace function sluice.reap(gone bigint[], most int, told jsonb, out released int, out reaped int, out ended_runs text[], out pipelines int[])
language plpgsql set enable_seqscan = off as $$
declare
  runs text[];
  terminal bigint[];
begin
  update sluice.worker w set state = 'lost' where w.state = 'alive' and (w.id = any(gone) or w.lease_until < now());
  select coalesce(array_agg(r.id), '{}') into runs from (
    select r.id from sluice.run r
    where r.id in (
      select t.run from sluice.task_run t left join sluice.worker w on w.id = t.worker
      where t.state = 'running' and coalesce(w.state, 'lost') <> 'alive'
    )
    order by r.id
    for no key update
  ) r;
  with before as materialized (
    select t.id, t.worker, r.cancel, p.paused
    from sluice.task_run t join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline left join sluice.worker w on w.id = t.worker
    where t.run = any(runs) and t.state = 'running' and coalesce(w.state, 'lost') <> 'alive'
    order by t.id
    for update of t
  ), changed as (
    update sluice.task_run t set
      state = case when b.cancel then 'cancelled' when t.losses >= most then 'failed' else sluice.held('queued', b.paused) end,
      run_at = now(), worker = null, resume = false, losses = t.losses + 1,
      ended_at = case when b.cancel or t.losses >= most then now() end,
      error = case when b.cancel then t.error else jsonb_build_object(
        'code', 'task.killed', 'kind', 'retryable',
        'message', 'the worker process ' || b.worker || ' '
          || coalesce(case when b.worker = any(gone) then told ->> 'what' end, 'sent no heartbeat until its lease had ended') || ' while it ran this task',
        'next', coalesce(case when b.worker = any(gone) then told ->> 'next' end,
          'Its host died, was cut off, or was too busy. A task that is lost again and again often needs more memory than there is.')) end
    from before b where b.id = t.id
    returning t.id, t.attempt, t.generation, t.started_at, t.state, b.worker, b.cancel, t.error
  ), history as (
    insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, error, reason)
    select m.id, m.attempt, m.generation, m.worker::text, case when m.cancel then 'cancelled' else 'lost' end, m.started_at, now(), m.error,
      case when m.cancel then 'the run was cancelled' end
    from changed m
  )
  select coalesce(array_agg(id) filter (where state not in ('queued', 'waiting')), '{}'), count(*), count(*) filter (where state = 'queued')
  into terminal, reaped, released from changed;
  released := released + sluice.settle(terminal);
  ended_runs := case when cardinality(terminal) > 0 then sluice.complete(runs) else '{}' end;
  pipelines := case when cardinality(ended_runs) > 0
    then array(select distinct r.pipeline from sluice.run r where r.id = any(ended_runs)) else '{}' end;
end
$$;
