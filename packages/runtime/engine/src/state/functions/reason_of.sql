create or replace function sluice.reason_of(state text, rule text) returns text
language sql immutable parallel safe as $$
  select case state
    when 'success' then 'not part of this run'
    when 'upstream_failed' then 'a task above failed'
    when 'skipped' then case rule when 'one_failed' then 'no task above failed' else 'a task above was skipped' end
  end
$$;
