-- The backup of a task that runs, which is asked for at the first call; each further one tells how far it is. What is saved and what is
-- kept stands in the definition of the task: a worker that asks cannot say. A backup that was asked for by an attempt whose worker was lost
-- is that of the next one; one that failed is asked for again by the next attempt.
create or replace function sluice.ask_backup(of_run text, of_task text) returns table (ended boolean, result jsonb, error jsonb)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  task record;
  found_job sluice.backup_job;
begin
  select t.id, t.generation, t.attempt, p.project, spec.task -> 'backup' as backup into task
  from sluice.task_run t
  join sluice.definition d on d.id = t.definition
  join sluice.pipeline p on p.id = d.pipeline
  cross join lateral (select each as task from jsonb_array_elements(d.spec -> 'tasks') each where each ->> 'name' = t.task) spec
  where t.run = of_run and t.task = of_task and t.kind = 'backup' and t.state = 'running';
  if not found then
    raise exception 'no task of this name makes a backup and runs: % of %', of_task, of_run using errcode = 'no_data_found';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('sluice backup of task ' || task.id, 0));
  select j.* into found_job from sluice.backup_job j
  where j.task_run = task.id and j.generation = task.generation and (j.error is null or j.attempt = task.attempt)
  order by j.id desc limit 1;
  if found_job.id is null then
    insert into sluice.backup_job as j (kind, project, keep, task_run, generation, attempt, actor)
    values ('run', case task.backup ->> 'of' when 'warehouse' then task.project end, task.backup ->> 'keep', task.id, task.generation, task.attempt, 'schedule')
    returning j.* into found_job;
    perform pg_notify('sluice_backup', '');
  end if;
  return query select found_job.ended_at is not null, found_job.result, found_job.error;
end
$$;
