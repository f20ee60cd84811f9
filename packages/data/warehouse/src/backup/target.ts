import { type Connection, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'

const prefix = 'sluice_restoring_'

/** The database that a restore works in until it is whole. */
export const draftName = (id: string): string => `${prefix}${id}`

/** Whether there is a database of this name, and which tables in it have rows. */
export async function findDatabase(
  admin: Connection,
  adminUrl: string,
  name: string,
): Promise<{ readonly exists: boolean; readonly holds: readonly string[] }> {
  const [found] = await admin.query('select from pg_database where datname = $1', [name])
  if (found === undefined) return { exists: false, holds: [] }
  return await withSession(urlFor(adminUrl, name), async (session) => {
    const tables = await session.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`,
    )
    const holds: string[] = []
    for (const { name: table } of tables) {
      // A table that may not be looked at counts as one with rows.
      const [any] = await session.query<{ any: boolean }>(`select exists (select from ${table}) as any`).catch(() => [{ any: true }])
      if (any?.any === true) holds.push(table)
    }
    return { exists: true, holds }
  })
}

/** What killed restores have left. One that works holds the lock of its draft. */
export async function sweepDrafts(admin: Connection): Promise<void> {
  const drafts = await admin.query<{ name: string }>('select datname as name from pg_database where starts_with(datname, $1)', [prefix])
  for (const { name } of drafts) {
    const [lock] = await admin.query<{ free: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as free', [name])
    if (lock?.free !== true) continue
    await admin.query(`drop database if exists ${quoteIdentifier(name)} with (force)`)
    await admin.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name])
  }
}

/** Gives the draft its name. Where a database had it, both change names in one transaction, and the older one then goes. */
export async function publishDraft(admin: Connection, draft: string, name: string, replaces: boolean): Promise<void> {
  const older = `${draft}_older`
  const take = `alter database ${quoteIdentifier(draft)} rename to ${quoteIdentifier(name)}`
  const sentence = replaces ? `begin; alter database ${quoteIdentifier(name)} rename to ${quoteIdentifier(older)}; ${take}; commit` : take
  // A pooler keeps sessions that nobody uses, and one that comes between two statements makes the second one fail.
  for (let tries = 1; ; tries++) {
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1) and pid <> pg_backend_pid()', [
      [draft, name],
    ])
    try {
      await admin.query(sentence)
      break
    } catch (error) {
      await admin.query('rollback').catch(() => undefined)
      if (tries === 5) throw error
    }
  }
  if (replaces) await admin.query(`drop database if exists ${quoteIdentifier(older)} with (force)`)
}
