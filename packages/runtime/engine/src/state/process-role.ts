import { randomBytes } from 'node:crypto'
import { hashText, SluiceError } from '@sluice/core'
import { type Connection, ensureRole, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'

/** What a role may do in the schema of the engine. It owns nothing there. */
export interface RoleRights {
  /** Of whom it is, as people call them: `workers`. */
  readonly of: string
  /** `<database>_<suffix>` is its name. */
  readonly suffix: string
  /** What goes wrong where they use the owner's role in its place, as a clause. */
  readonly risk: string
  /** The functions of the state machines that it calls: with the rights of their owner, and with a path that nobody else sets. */
  readonly doors: readonly string[]
  /** By table, what its statements read beside that; null: all columns. */
  readonly reads: Readonly<Record<string, readonly string[] | null>>
  /** What its statements change beside that. */
  readonly changes: readonly Change[]
}

export interface Change {
  readonly table: string
  readonly how: 'insert' | 'update'
  readonly columns: readonly string[]
}

export interface ProcessRole {
  /** Of the metadata database, for these processes. */
  readonly url: string
  /** Its name; null where they use the owner's. */
  readonly role: string | null
  /** Why it is the owner's, and what to do: a sentence; null where the role is there. */
  readonly note: string | null
}

/**
 * The role of a kind of process. May be called at each start, by several hosts at once: they find its password in the database, where its
 * owner alone reads it. Where the server does not let us make a role, or a pooler before it does not know the role, the processes go on as
 * the owner, and `note` says so.
 */
export async function openProcessRole(databaseUrl: string, rights: RoleRights): Promise<ProcessRole> {
  return await withSession(databaseUrl, async (session) => {
    const [of] = await session.query<{ database: string; caller: string; may: boolean }>(callerSql)
    const { database = '', caller = '', may = false } = of ?? {}
    const asOwner = (why: string): ProcessRole => ({ url: databaseUrl, role: null, note: noteOf(rights, why, caller) })
    if (!may) return asOwner(`${caller} may not make a role for them`)
    try {
      const name = roleOf(database, rights.suffix)
      const role = { name, password: await passwordOf(session, name) }
      await ensureRole(databaseUrl, role)
      await grantTo(session, database, name, rights)
      const url = urlFor(databaseUrl, database, { user: name, password: role.password })
      await withSession(url, (own) => own.query('select 1'))
      return { url, role: name, note: null }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      await session.query('rollback')
      return asOwner(`their own role cannot be used (${error.message})`)
    }
  })
}

/** PostgreSQL cuts names at 63 bytes. */
export const roleOf = (database: string, suffix: string): string =>
  `${Buffer.byteLength(database) + suffix.length > 62 ? `sluice_${hashText(database).slice(0, 16)}` : database}_${suffix}`

const callerSql = `
select current_database() as database, current_user as caller, r.rolsuper or r.rolcreaterole as may from pg_roles r where r.rolname = current_user`

const noteOf = ({ of, risk }: RoleRights, why: string, caller: string): string =>
  `warning: ${of} use the owner's role of the metadata database, so that ${risk}: ${why}. ` +
  `As an administrator: alter role ${quoteIdentifier(caller)} createrole, and let the role into the server and its pooler.`

const keepSql = `
insert into sluice.process_role (name, password) values ($1, $2) on conflict (name) do update set name = excluded.name returning password`

async function passwordOf(session: Connection, name: string): Promise<string> {
  const [row] = await session.query<{ password: string }>(keepSql, [name, randomBytes(24).toString('base64url')])
  return row?.password ?? ''
}

/**
 * In one transaction and one at a time: grants on one object by two sessions fail with "tuple concurrently updated". A role may set what
 * its sessions begin with, and that stays: a task that gives the role of workers a timeout of a millisecond would end those of each later
 * start.
 */
async function grantTo(session: Connection, database: string, name: string, { doors, reads, changes }: RoleRights): Promise<void> {
  const role = quoteIdentifier(name)
  const [found] = await session.query<{ signatures: string; connects: boolean }>(foundSql, [doors, name, database])
  await session.query(`
    begin;
    select pg_advisory_xact_lock(hashtextextended('sluice process role', 0));
    alter role ${role} reset all;
    alter role ${role} in database ${quoteIdentifier(database)} reset all;
    ${found?.connects === true ? '' : `grant connect on database ${quoteIdentifier(database)} to ${role};`}
    revoke all on all tables in schema sluice from ${role};
    revoke execute on all functions in schema sluice from public, ${role};
    grant usage on schema sluice to ${role};
    grant execute on function ${found?.signatures} to ${role};
    ${Object.entries(reads)
      .map(([table, columns]) => `grant select ${columns === null ? '' : `(${columns.join(', ')}) `}on sluice.${table} to ${role};`)
      .join('\n')}
    ${changes.map(({ table, how, columns }) => `grant ${how} (${columns.join(', ')}) on sluice.${table} to ${role};`).join('\n')}
    commit`)
}

const foundSql = `
select string_agg(p.oid::regprocedure::text, ', ') as signatures, has_database_privilege($2, $3, 'CONNECT') as connects
from pg_proc p where p.pronamespace = 'sluice'::regnamespace and p.proname = any($1)`
