-- Adds the row of a call, or says what became of one that had begun. An outcome that is known already is never taken back: the change it
-- tells of is committed.
create or replace function sluice_accounts.write_audit(
  of_call uuid, by_actor text, from_address text, of_action text, in_project text, of_target text, given jsonb, became text, why text, left_out int
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into sluice_accounts.audit as a (call, actor, address, action, project, target, details, outcome, reason, omitted, ended_at)
  values (of_call, by_actor, from_address, of_action, in_project, of_target, given, became, why, left_out, case when became <> 'begun' then now() end)
  on conflict (call) do update set outcome = excluded.outcome, reason = excluded.reason, ended_at = excluded.ended_at,
    project = coalesce(a.project, excluded.project)
  where a.outcome = 'begun'
$$;
