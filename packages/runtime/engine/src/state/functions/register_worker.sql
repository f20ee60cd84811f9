-- Registers a worker process under an id that is never used again. Its first lease begins.
create or replace function sluice.register_worker(of_host text, of_pid int, lease_ms float8) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into sluice.worker (host, pid, lease_until) values (of_host, of_pid, now() + lease_ms * interval '1 ms') returning id
$$;
