-- For a worker that has drained and holds no task.
create or replace function sluice.stop_worker(worker_id bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update sluice.worker set state = 'stopped' where id = worker_id and state = 'alive'
$$;
