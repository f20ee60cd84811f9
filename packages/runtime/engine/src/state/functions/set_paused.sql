-- Pauses a pipeline, or lets it go on. While it is paused no run of it begins and no task starts: what was queued waits, with the time
-- before which it may not run. Tasks that run are left to end. Returns how many tasks became runnable.
create or replace function sluice.set_paused(pipeline_id int, wanted boolean) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  begun text[];
  one text;
  released int := 0;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  update sluice.pipeline p set paused = wanted where p.id = pipeline_id;
  -- Whoever queues a task holds the row of its run, and reads after that whether the pipeline is paused.
  begun := array(
    select r.id from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted
    order by r.id for no key update
  );
  if wanted then
    update sluice.task_run t set state = 'waiting' where t.run = any(begun) and t.state = 'queued';
    return 0;
  end if;
  foreach one in array begun loop
    released := released + sluice.evaluate(one);
  end loop;
  perform sluice.complete(begun);
  return released + sluice.admit(pipeline_id);
end
$$;
