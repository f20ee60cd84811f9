-- Ends, retries or reschedules attempts of one worker. An item counts only while its attempt is the one at hand and this worker's
-- (rule 1); the ids of the others come back in `lost`. Attempts, receipts, the tasks below, ended runs and their
-- notifications move in the same transaction (rule 6).
create or replace function sluice.finish(worker_id bigint, items jsonb, out released int, out lost bigint[], out ended_runs text[], out pipelines int[])
language plpgsql set enable_seqscan = off as $$
declare
  runs text[];
  accepted bigint[];
  terminal bigint[];
begin
  select coalesce(array_agg(r.id), '{}') into runs from (
    select r.id from sluice.run r
    where r.id in (select t.run from jsonb_to_recordset(items) i(id bigint) join sluice.task_run t on t.id = i.id)
    order by r.id
    for no key update
  ) r;
  with i as (
    select * from jsonb_to_recordset(items)
      i(id bigint, attempt int, outcome text, "delayMs" bigint, output jsonb, "hasOutput" boolean, error jsonb, reason text)
  ), before as materialized (
    select t.id, t.worker, t.started_at, r.cancel from sluice.task_run t join i on i.id = t.id join sluice.run r on r.id = t.run
    where t.worker = worker_id and t.attempt = i.attempt and t.state = 'running'
    order by t.id
    for update of t
  ), moved as (
    update sluice.task_run t set
      state = case
        when i.outcome in ('success', 'failed', 'skipped', 'cancelled') then i.outcome
        when b.cancel then 'cancelled'
        else 'queued' end,
      run_at = case when i.outcome in ('retry', 'rescheduled') then now() + i."delayMs" * interval '1 ms' else t.run_at end,
      resume = i.outcome = 'rescheduled' or (i.outcome = 'released' and t.resume),
      attempt = t.attempt - case when i.outcome = 'released' and not t.resume then 1 else 0 end,
      failures = t.failures + case when i.outcome in ('retry', 'failed') then 1 else 0 end,
      worker = null,
      output = case when i."hasOutput" then i.output end,
      error = case when i.outcome = 'rescheduled' then t.error else i.error end,
      reason = i.reason,
      ended_at = case when i.outcome in ('success', 'failed', 'skipped', 'cancelled') or b.cancel then now() end
    from i join before b on b.id = i.id
    where t.id = i.id
    returning t.id, t.attempt, t.generation, t.state, b.started_at, i.outcome, i.error
  ), history as (
    insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, error)
    select m.id, m.attempt, m.generation, worker_id::text,
      case when m.outcome = 'retry' then 'failed' when m.outcome = 'rescheduled' then 'cancelled' else m.outcome end,
      m.started_at, now(), m.error
    from moved m where m.outcome <> 'released' and (m.outcome <> 'rescheduled' or m.state = 'cancelled')
  ), receipts as (
    insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt)
    select m.id, m.attempt, e.receipt ->> 'dataset', e.receipt ->> 'batch', (e.receipt ->> 'generation')::int, e.receipt ->> 'status', e.receipt
    from moved m
    join jsonb_to_recordset(items) i(id bigint, receipts jsonb) on i.id = m.id
    cross join lateral jsonb_array_elements(i.receipts) e(receipt)
    on conflict (batch, generation, dataset) do nothing
  )
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(id) filter (where state <> 'queued'), '{}') into accepted, terminal from moved;
  released := sluice.settle(terminal);
  ended_runs := case when cardinality(terminal) > 0 then sluice.complete(runs) else '{}' end;
  pipelines := case when cardinality(ended_runs) > 0
    then array(select distinct r.pipeline from sluice.run r where r.id = any(ended_runs)) else '{}' end;
  lost := array(select i.id from jsonb_to_recordset(items) i(id bigint) where i.id <> all(accepted));
end
$$;

-- Ends those of the runs that have no open task, and puts their notifications into the outbox. Holds the runs' rows.
create or replace function sluice.complete(run_ids text[]) returns text[]
language plpgsql set enable_seqscan = off as $$
declare
  done text[];
begin
  with counted as (
    select t.run, bool_or(t.state in ('failed', 'upstream_failed')) as failed
    from sluice.task_run t where t.run = any(run_ids)
    group by t.run having not bool_or(t.state in ('waiting', 'queued', 'running'))
  ), moved as (
    update sluice.run r set
      state = case when r.cancel then 'cancelled' when c.failed then 'failed' else 'success' end,
      started_at = coalesce(r.started_at, now()),
      ended_at = now()
    from counted c where c.run = r.id and r.state in ('queued', 'running')
    returning r.id, r.version, r.state, r.generation
  ), sent as (
    insert into sluice.outbox (key, run, event, channel)
    select m.id || ':' || m.generation || ':' || e.event || ':' || (c.channel ->> 'channel') || ':' || (c.channel ->> 'to'), m.id, e.event, c.channel
    from moved m
    join sluice.pipeline_version v on v.id = m.version
    cross join lateral (select case m.state when 'success' then 'success' when 'failed' then 'failure' end as event) e
    cross join lateral jsonb_array_elements(v.spec -> 'notify' -> e.event) c(channel)
    where e.event is not null
    on conflict (key) do nothing
  )
  select coalesce(array_agg(id), '{}') into done from moved;
  return done;
end
$$;

drop index sluice.task_run_open;
