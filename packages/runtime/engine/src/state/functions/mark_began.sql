-- Runs have begun with their earliest claims, whose times (epoch ms) are given. It is apart from the claim, so that a claim never waits for
-- the row of a run: the run began when the earliest of them did, whoever says so first.
create or replace function sluice.mark_began(runs text[], claimed_ms bigint[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update sluice.run r set state = 'running', started_at = least(r.started_at, b.at)
  from (
    select b.run, timestamptz 'epoch' + min(b.ms) * interval '1 ms' as at from unnest(runs, claimed_ms) b(run, ms) group by b.run
  ) b
  where b.run = r.id and r.state in ('queued', 'running') and (r.state = 'queued' or r.started_at > b.at)
$$;
