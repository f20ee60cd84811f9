-- What becomes of a task that may run: in a paused pipeline it waits, and is decided again when the pipeline goes on.
create or replace function sluice.held(state text, paused boolean) returns text
language sql immutable parallel safe as $$
  select case when paused and state = 'queued' then 'waiting' else state end
$$;
