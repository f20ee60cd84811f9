import { SluiceError } from '@sluice/core'
import type { Connection } from '../connection.ts'
import { migrationErrors } from '../errors.ts'
import { quoteIdentifier } from '../identifiers.ts'
import { patientLockTimeoutMs } from '../lock-patience.ts'
import { fileFailure } from './failure.ts'
import { type AppliedFunction, planFunctions, type SqlFunction } from './functions.ts'
import { sha256Of } from './migration.ts'

const recordsIn = (schema: string): string => quoteIdentifier(schema, 'sluice_functions')

/** Brings the functions of a schema to what their files say, in one transaction. Returns the names of those applied or dropped. */
export async function applyFunctions(session: Connection, schema: string, wanted: readonly SqlFunction[]): Promise<string[]> {
  const plan = planFunctions(await readRecords(session, schema), wanted)
  if (plan.apply.length + plan.drop.length === 0) return []
  await session.query('begin')
  try {
    await session.query(`set local lock_timeout = ${patientLockTimeoutMs}`)
    await session.query(`create table if not exists ${recordsIn(schema)} (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`)
    for (const name of plan.drop) await drop(session, schema, name)
    // All are made before the body of any is checked: a function may call another one, whatever their names are.
    await session.query('set local check_function_bodies = off')
    for (const each of plan.apply) await inFile(each, () => replace(session, schema, each))
    await session.query('set local check_function_bodies = on')
    for (const each of plan.apply) await inFile(each, () => session.query(each.sql))
    for (const each of plan.apply) await record(session, schema, each)
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
  return [...plan.apply.map(({ name }) => name), ...plan.drop]
}

/** What the numbered migrations hold may be taken back only when no function needs it. */
export async function dropFunctions(session: Connection, schema: string): Promise<void> {
  await applyFunctions(session, schema, [])
  await session.query(`drop table if exists ${recordsIn(schema)}`)
}

async function readRecords(session: Connection, schema: string): Promise<AppliedFunction[]> {
  const [row] = await session.query<{ found: boolean }>('select to_regclass($1) is not null as found', [recordsIn(schema)])
  if (row?.found !== true) return []
  return await session.query<AppliedFunction>(`select name, sha256 from ${recordsIn(schema)} order by name collate "C"`)
}

async function record(session: Connection, schema: string, { name, sql }: SqlFunction): Promise<void> {
  await session.query(
    `insert into ${recordsIn(schema)} (name, sha256) values ($1, $2)
     on conflict (name) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at`,
    [name, sha256Of(sql)],
  )
}

/**
 * `create or replace` keeps the function's identity, so that a statement that runs meanwhile still finds it. It leaves the old one beside
 * the new one when the parameters' types change, and is refused (42P13) for other names of parameters or another result.
 */
async function replace(session: Connection, schema: string, { name, sql }: SqlFunction): Promise<void> {
  const before = await found(session, schema, name)
  await dropTriggers(session, before)
  await session.query('savepoint before_function')
  try {
    await session.query(sql)
  } catch (error) {
    if (!(error instanceof SluiceError) || error.facts.sqlstate !== '42P13') throw error
    await session.query('rollback to savepoint before_function')
    await dropRoutines(session, before)
    await session.query(sql)
  }
  const after = await found(session, schema, name)
  const stale = before.filter(({ signature }) => after.length > 1 && after.some((each) => each.signature === signature))
  await dropRoutines(session, stale)
  if (after.length - stale.length === 1) return
  throw migrationErrors.failed(`the file defines ${after.length - stale.length} functions ${name} in the schema ${schema}`, {
    facts: { schema },
    next: 'Keep one function a file, in the schema of its tables.',
  })
}

async function drop(session: Connection, schema: string, name: string): Promise<void> {
  const functions = await found(session, schema, name)
  await dropTriggers(session, functions)
  await dropRoutines(session, functions)
  await session.query(`delete from ${recordsIn(schema)} where name = $1`, [name])
}

interface Found {
  /** As `drop function` takes it. */
  readonly signature: string
  /** As `drop trigger` takes them. */
  readonly triggers: readonly string[]
}

const foundSql = `
select p.oid::regprocedure::text as signature,
  array(select format('%I on %s', t.tgname, t.tgrelid::regclass) from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal) as triggers
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = $1 and p.proname = $2`

const found = (session: Connection, schema: string, name: string): Promise<Found[]> => session.query<Found>(foundSql, [schema, name])

async function dropTriggers(session: Connection, functions: readonly Found[]): Promise<void> {
  for (const trigger of functions.flatMap(({ triggers }) => triggers)) await session.query(`drop trigger ${trigger}`)
}

/** Never `cascade`: a view or an index over a function is a reason to stop. */
async function dropRoutines(session: Connection, functions: readonly Found[]): Promise<void> {
  for (const { signature } of functions) await session.query(`drop function ${signature}`)
}

async function inFile(each: SqlFunction, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    throw fileFailure(`${each.name}.sql`, each.sql, error, {
      facts: { function: each.name },
      next: 'Correct the file and try again; all functions are as they were.',
    })
  }
}
