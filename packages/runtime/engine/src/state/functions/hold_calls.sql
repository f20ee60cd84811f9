-- Nobody calls the connection for so long. A shorter hold shortens none.
create or replace function sluice.hold_calls(of_project text, of_connection text, ms float8) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into sluice.call_hold as h (project, connection, until)
  values (of_project, of_connection, sluice.call_clock() + ms * interval '1 millisecond')
  on conflict (project, connection) do update set until = greatest(h.until, excluded.until);
$$;
