-- Ends, retries or reschedules attempts of one worker. An item counts only while its claim is the current one and belongs to this worker
-- (rule 1); the ids of the others come back in `lost`. A claim that is given back takes its attempt back and keeps its token: the same
-- give-back, sent again for want of an answer, meets no later claim. Attempts, receipts, the tasks below, ended runs and their
-- notifications are written in one transaction (rule 6).
create or replace function sluice.finish(worker_id bigint, items jsonb, out released int, out lost bigint[], out ended_runs text[], out pipelines int[])
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  ids bigint[];
  runs text[];
  accepted bigint[];
  terminal bigint[];
begin
  ids := array(select i.id from jsonb_to_recordset(items) i(id bigint));
  runs := array(select distinct t.run from sluice.task_run t where t.id = any(ids));
  select coalesce(array_agg(r.id), '{}') into runs from (
    select r.id from sluice.run r where r.id = any(runs) order by r.id for no key update
  ) r;
  with i as (
    select * from jsonb_to_recordset(items)
      i(id bigint, token bigint, outcome text, "delayMs" bigint, output jsonb, "hasOutput" boolean, error jsonb, reason text)
  ), before as materialized (
    select t.id, t.worker, t.started_at, r.cancel, p.paused
    from sluice.task_run t join i on i.id = t.id join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
    where t.id = any(ids) and t.worker = worker_id and t.token = i.token and t.state = 'running'
    order by t.id
    for update of t
  ), changed as (
    update sluice.task_run t set
      state = case
        when i.outcome in ('success', 'failed', 'skipped', 'cancelled') then i.outcome
        when b.cancel then 'cancelled'
        else sluice.held('queued', b.paused) end,
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
    returning t.id, t.attempt, t.generation, t.state, b.started_at, i.outcome, i.error, i.reason
  ), history as (
    insert into sluice.attempt (task_run, attempt, generation, worker, state, started_at, ended_at, error, reason)
    select m.id, m.attempt, m.generation, worker_id::text,
      case when m.outcome = 'retry' then 'failed' when m.outcome = 'rescheduled' then 'cancelled' else m.outcome end,
      m.started_at, now(), m.error, case when m.state = 'cancelled' then coalesce(m.reason, 'the run was cancelled') else m.reason end
    from changed m where m.outcome <> 'released' and (m.outcome <> 'rescheduled' or m.state = 'cancelled')
  )
  select coalesce(array_agg(id), '{}'), coalesce(array_agg(id) filter (where state not in ('queued', 'waiting')), '{}') into accepted, terminal from changed;
  -- Apart from the statement above, which begins sooner without them: most attempts wrote nothing and took nothing.
  if items @? '$[*].receipts[*]' then
    insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt)
    select t.id, t.attempt, e.receipt ->> 'dataset', e.receipt ->> 'batch', (e.receipt ->> 'generation')::int, e.receipt ->> 'status', e.receipt
    from jsonb_to_recordset(items) i(id bigint, receipts jsonb)
    join sluice.task_run t on t.id = i.id
    cross join lateral jsonb_array_elements(i.receipts) e(receipt)
    where i.id = any(accepted)
    on conflict (batch, generation, dataset) do nothing;
  end if;
  if items @? '$[*].taken[*]' then
    insert into sluice.taken (pipeline, task, dataset, batch, run)
    select r.pipeline, t.task, e.dataset, e.batch, r.id
    from jsonb_to_recordset(items) i(id bigint, outcome text, taken jsonb)
    cross join lateral jsonb_to_recordset(i.taken) e(dataset text, batch text)
    join sluice.task_run t on t.id = i.id
    join sluice.run r on r.id = t.run
    where i.id = any(accepted) and i.outcome in ('success', 'skipped')
    on conflict do nothing;
  end if;
  released := sluice.settle(terminal);
  -- Of one run with a task that became runnable, all is known: it has not ended.
  ended_runs := case when cardinality(terminal) = 0 or (released > 0 and cardinality(runs) = 1) then '{}' else sluice.complete(runs) end;
  pipelines := case when cardinality(ended_runs) > 0
    then array(select distinct r.pipeline from sluice.run r where r.id = any(ended_runs)) else '{}' end;
  lost := array(select id from unnest(ids) id where id <> all(accepted));
end
$$;
