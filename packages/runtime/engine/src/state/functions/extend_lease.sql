-- False when the lease is lost: it expired, or a supervisor declared the process dead.
create or replace function sluice.extend_lease(worker_id bigint, lease_ms float8) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update sluice.worker set lease_until = now() + lease_ms * interval '1 ms' where id = worker_id and state = 'alive' and lease_until > now();
  return found;
end
$$;
