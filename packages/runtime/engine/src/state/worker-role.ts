import { randomBytes } from 'node:crypto'
import { hashText, SluiceError } from '@sluice/core'
import { type Connection, ensureRole, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'

/** The functions of the state machines that a worker calls: with the rights of their owner, and with a path that nobody else sets. */
const doors = [
  'register_worker',
  'extend_lease',
  'stop_worker',
  'claim',
  'mark_began',
  'finish',
  'admit',
  'outputs_of',
  'schedules_of',
  'queue_parts',
  'begin_call',
  'end_call',
  'hold_calls',
  'kept_token',
  'keep_token',
] as const

/**
 * What its statements read beside that, by table. Not among it: what runs were given, what tasks gave and failed with, what definitions
 * say, messages, who did what.
 */
const reads = {
  task_run: ['id', 'run', 'no', 'version', 'task', 'kind', 'pool', 'work', 'priority', 'state', 'worker', 'token', 'losses', 'run_at'],
  run: ['id', 'pipeline', 'cancel'],
  pipeline: ['id', 'project', 'name', 'active', 'paused', 'definition'],
  definition: ['id', 'pipeline', 'version', 'file'],
  ledger: ['id', 'task_run', 'dataset', 'batch', 'generation', 'status', 'receipt'],
  taken: ['pipeline', 'task', 'dataset', 'batch', 'run'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export interface WorkerRole {
  /** Of the metadata database, for worker processes. */
  readonly url: string
  /** Why it is the owner's, and what to do: a sentence; null where the role is there. */
  readonly note: string | null
}

/**
 * The role `<database>_worker`, as which workers connect: it may claim, extend its lease, finish, and read what that takes. It owns
 * nothing, and changes no table by itself. May be called at each start, by several hosts at once: they find its password in the database,
 * where its owner alone reads it. Where the server does not let us make a role, or a pooler before it does not know the role, workers go on
 * as the owner, and `note` says so.
 */
export async function openWorkerRole(databaseUrl: string): Promise<WorkerRole> {
  return await withSession(databaseUrl, async (session) => {
    const [of] = await session.query<{ database: string; caller: string; may: boolean }>(callerSql)
    const { database = '', caller = '', may = false } = of ?? {}
    if (!may) return { url: databaseUrl, note: noteOf(`${caller} may not make a role for them`, caller) }
    try {
      const role = { name: workerRoleOf(database), password: await passwordOf(session, workerRoleOf(database)) }
      await ensureRole(databaseUrl, role)
      await grantTo(session, database, role.name)
      const url = urlFor(databaseUrl, database, { user: role.name, password: role.password })
      await withSession(url, (own) => own.query('select 1'))
      return { url, note: null }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      await session.query('rollback')
      return { url: databaseUrl, note: noteOf(`their own role cannot be used (${error.message})`, caller) }
    }
  })
}

/** PostgreSQL cuts names at 63 bytes. */
export const workerRoleOf = (database: string): string =>
  `${Buffer.byteLength(database) > 56 ? `sluice_${hashText(database).slice(0, 16)}` : database}_worker`

const callerSql = `
select current_database() as database, current_user as caller, r.rolsuper or r.rolcreaterole as may from pg_roles r where r.rolname = current_user`

const noteOf = (why: string, caller: string): string =>
  `warning: workers use the owner's role of the metadata database, so that tasks can read and change all of it: ${why}. ` +
  `As an administrator: alter role ${quoteIdentifier(caller)} createrole, and let the role into the server and its pooler.`

const keepSql = `
insert into sluice.process_role (name, password) values ($1, $2) on conflict (name) do update set name = excluded.name returning password`

async function passwordOf(session: Connection, name: string): Promise<string> {
  const [row] = await session.query<{ password: string }>(keepSql, [name, randomBytes(24).toString('base64url')])
  return row?.password ?? ''
}

/**
 * In one transaction and one at a time: grants on one object by two sessions fail with "tuple concurrently updated". A role may set what
 * its sessions begin with, and that stays: a task that gives it a timeout of a millisecond would end the workers of each later start.
 */
async function grantTo(session: Connection, database: string, name: string): Promise<void> {
  const role = quoteIdentifier(name)
  const [found] = await session.query<{ signatures: string; connects: boolean }>(foundSql, [doors, name, database])
  await session.query(`
    begin;
    select pg_advisory_xact_lock(hashtextextended('sluice worker role', 0));
    alter role ${role} reset all;
    alter role ${role} in database ${quoteIdentifier(database)} reset all;
    ${found?.connects === true ? '' : `grant connect on database ${quoteIdentifier(database)} to ${role};`}
    revoke all on all tables in schema sluice from ${role};
    revoke execute on all functions in schema sluice from public, ${role};
    grant usage on schema sluice to ${role};
    grant execute on function ${found?.signatures} to ${role};
    ${Object.entries(reads)
      .map(([table, columns]) => `grant select (${columns.join(', ')}) on sluice.${table} to ${role};`)
      .join('\n')}
    commit`)
}

const foundSql = `
select string_agg(p.oid::regprocedure::text, ', ') as signatures, has_database_privilege($2, $3, 'CONNECT') as connects
from pg_proc p where p.pronamespace = 'sluice'::regnamespace and p.proname = any($1)`
