-- The queue in parts: one for each version, kind of work, pool ('' is none) and priority that has queued tasks. Each part is found by one
-- probe of `task_run_queued` behind the part before it, so that the cost is that of the parts, whatever waits in them: a claim looks at
-- the head of each part and passes by full pools and what is due later.
create or replace function sluice.queue_parts() returns table (version int, work int, pool text, urgency int)
language sql stable rows 10 set enable_seqscan = off set enable_bitmapscan = off as $$
  with recursive part as (
    (
      select t.version, t.work, coalesce(t.pool, '') as pool, -t.priority as urgency
      from sluice.task_run t where t.state = 'queued' and t.losses = 0
      order by t.version, t.work, coalesce(t.pool, ''), -t.priority limit 1
    )
    union all
    select n.version, n.work, n.pool, n.urgency
    from part p cross join lateral (
      select t.version, t.work, coalesce(t.pool, '') as pool, -t.priority as urgency
      from sluice.task_run t
      where t.state = 'queued' and t.losses = 0
        and (t.version, t.work, coalesce(t.pool, ''), -t.priority) > (p.version, p.work, p.pool, p.urgency)
      order by t.version, t.work, coalesce(t.pool, ''), -t.priority limit 1
    ) n
  )
  select p.version, p.work, p.pool, p.urgency from part p
$$;
