-- `decide` of plan/trigger.ts in SQL; a test of all counts holds the two equal.
create or replace function sluice.decide(rule text, upstream int, ok int, bad int, skipped int) returns text
language sql immutable parallel safe as $$
  select case
    when rule in ('all_success', 'none_failed') and bad > 0 then 'upstream_failed'
    when rule = 'one_failed' and (bad > 0 or upstream = 0) then 'queued'
    when ok + bad + skipped < upstream then 'waiting'
    when rule = 'one_failed' then 'skipped'
    when rule = 'all_success' and skipped > 0 then 'skipped'
    else 'queued'
  end
$$;
