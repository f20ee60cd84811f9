-- Lets waiting runs of a pipeline begin while there is room. Returns how many tasks became runnable.
create or replace function sluice.admit(pipeline_id int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  chosen text[];
  one text;
  released int := 0;
begin
  -- A look before the lock, which is a commit that waits for the disk. A run that is made meanwhile notifies the scheduler, which
  -- looks again.
  if not exists (select from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and not r.admitted) then
    return 0;
  end if;
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  loop
    chosen := sluice.admissible(pipeline_id);
    perform 1 from sluice.run r where r.id = any(chosen) order by r.id for no key update;
    update sluice.run r set admitted = true where r.id = any(chosen);
    foreach one in array chosen loop
      released := released + sluice.evaluate(one);
    end loop;
    -- A run without a task that can run ends at once, and its place is free again.
    exit when cardinality(sluice.complete(chosen)) = 0;
  end loop;
  return released;
end
$$;
