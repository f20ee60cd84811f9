-- What becomes of a task that a run leaves out, where it could begin: it counts as if it had succeeded.
create or replace function sluice.passed(state text, left_out boolean) returns text
language sql immutable parallel safe as $$
  select case when left_out and state = 'queued' then 'success' else state end
$$;
