-- Locks up to `most` runnable tasks of one kind of work, the most urgent first: by priority, then by the time since which they may run, and
-- only those more urgent than `behind`, when given. It looks at the heads of the queue's parts without a lock, as many as it may need, and
-- locks the best of them; where other claims hold these, it looks further. So it locks no task that it does not take.
create or replace function sluice.lock_urgent(of_work int, versions int[], most int, behind sluice.task_run) returns bigint[]
language plpgsql set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  heads int := 2 * most + 8;
  seen bigint[];
  locked bigint[] := '{}';
begin
  if most <= 0 then
    return '{}';
  end if;
  loop
    seen := array(
      select h.id
      from sluice.queue_parts() p
      left join sluice.pool o on o.name = p.pool
      cross join lateral (
        select t.id, t.run_at
        from sluice.task_run t
        where t.state = 'queued' and t.losses = 0
          and t.version = p.version and t.work = p.work and coalesce(t.pool, '') = p.pool and -t.priority = p.urgency
          and t.run_at <= now()
        order by t.run_at, t.id
        limit case when o.name is null then heads else least(heads,
          greatest(0, o.slots - (select count(*) from sluice.task_run r where r.pool = o.name and r.state = 'running'))) end
      ) h
      where p.work = of_work and (versions is null or p.version = any(versions))
      order by p.urgency, h.run_at, h.id
      limit heads
    );
    exit when cardinality(seen) = 0;
    locked := array(
      select t.id from sluice.task_run t
      where t.id = any(seen) and t.state = 'queued' and t.run_at <= now()
        and (behind.id is null or (-t.priority, t.run_at, t.id) < (-behind.priority, behind.run_at, behind.id))
      order by t.priority desc, t.run_at, t.id
      limit most
      for update skip locked
    );
    exit when cardinality(locked) = most or cardinality(seen) < heads or behind.id is not null;
    heads := heads * 8;
  end loop;
  return locked;
end
$$;
