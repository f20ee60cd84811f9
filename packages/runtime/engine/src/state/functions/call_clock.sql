-- The time by which calls are counted: that of the database, whatever the clocks of the workers show. Not now(): a call waits for its turn.
create or replace function sluice.call_clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp as $$
  select clock_timestamp();
$$;
