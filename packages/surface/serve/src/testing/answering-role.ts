import { letAnswer, migrateAccounts } from '@sluice/accounts'
import { migrateState, openHttpRole } from '@sluice/engine'
import { quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import type { TestDatabase } from '@sluice/postgres/testing'

/** A database of a test as the HTTP process sees it: tables that are up to date, and a role that may do what routes do. */
export async function answeringRole(database: TestDatabase): Promise<{ readonly url: string; drop(): Promise<void> }> {
  await migrateState(database.url)
  await migrateAccounts(database.url)
  const { url, role } = await openHttpRole(database.url)
  if (role === null) throw new Error('the server of the tests lets us make no role')
  await letAnswer(database.url, role)
  return {
    url,
    // A role belongs to the whole server.
    drop: async () => {
      await database.drop()
      await withSession(urlFor(database.url, 'postgres'), (session) => session.query(`drop role if exists ${quoteIdentifier(role)}`))
    },
  }
}
