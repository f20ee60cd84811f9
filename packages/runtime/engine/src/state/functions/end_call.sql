-- The head of the answer is there, or nothing will come: from now on the call stands at this time.
create or replace function sluice.end_call(of_project text, of_call bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update sluice.call set ended = sluice.call_clock() where id = of_call and project = of_project and ended is null;
$$;
