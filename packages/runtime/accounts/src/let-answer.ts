import { quoteIdentifier, withSession } from '@sluice/postgres'

/**
 * What the role may do of whoever answers people: look up who asks, change users, tokens and sessions, write the audit by the one function
 * that does, and read it. It changes and removes no row of the audit. In one transaction, and one at a time.
 */
export async function letAnswer(databaseUrl: string, name: string): Promise<void> {
  const role = quoteIdentifier(name)
  await withSession(databaseUrl, (session) =>
    session.query(`
      begin;
      select pg_advisory_xact_lock(hashtextextended('sluice process role', 0));
      revoke all on all tables in schema sluice_accounts from ${role};
      revoke execute on all functions in schema sluice_accounts from public, ${role};
      grant usage on schema sluice_accounts to ${role};
      grant execute on all functions in schema sluice_accounts to ${role};
      grant select on sluice_accounts.audit to ${role};
      grant select, insert, delete on sluice_accounts.ended_session to ${role};
      grant select, insert, delete, update (tries, at) on sluice_accounts.sign_in_count to ${role};
      grant select, insert, delete, update (role) on sluice_accounts.project_grant to ${role};
      grant select, insert, delete, update (used_at) on sluice_accounts.token to ${role};
      grant select, insert (username, first_name, last_name, email, role, password), delete,
        update (first_name, last_name, email, role, disabled, password, password_changed_at, session) on sluice_accounts.app_user to ${role};
      commit`),
  )
}
