-- The queue in parts: one for each version, kind of work, pool ('' is none) and priority that has queued tasks. Each part is found by one
-- probe of `task_run_queued` behind the part before it, so that the cost is that of the parts, whatever waits in them: a claim looks at
-- the head of each part and passes by full pools and what is due later. Probe by probe, since one recursive query takes longer to begin.
create or replace function sluice.queue_parts() returns table (version int, work int, pool text, urgency int)
language plpgsql stable rows 10 set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  select t.version, t.work, coalesce(t.pool, ''), -t.priority into version, work, pool, urgency
  from sluice.task_run t where t.state = 'queued' and t.losses = 0
  order by t.version, t.work, coalesce(t.pool, ''), -t.priority limit 1;
  while found loop
    return next;
    select t.version, t.work, coalesce(t.pool, ''), -t.priority into version, work, pool, urgency
    from sluice.task_run t
    where t.state = 'queued' and t.losses = 0
      and (t.version, t.work, coalesce(t.pool, ''), -t.priority) > (version, work, pool, urgency)
    order by t.version, t.work, coalesce(t.pool, ''), -t.priority limit 1;
  end loop;
end
$$;
