import { setTimeout as delay } from 'node:timers/promises'
import { SluiceError } from '@sluice/core'
import { lockErrors } from '@sluice/process'
import { type Connection, withSession } from '../connection.ts'
import { migrationErrors } from '../errors.ts'
import { refuseUnfit } from '../fitness.ts'
import { quoteIdentifier } from '../identifiers.ts'
import { patientLockTimeoutMs } from '../lock-patience.ts'
import { applyFunctions, dropFunctions } from './apply-functions.ts'
import { fileFailure } from './failure.ts'
import type { SqlFunction } from './functions.ts'
import { checksum, type Migration, orderMigrations, runsWithoutTransaction } from './migration.ts'
import { type Patience, patiently } from './patience.ts'
import { type Applied, fileOf, type MigrationFault, migrationFaults, planMigrations, type Step, type Target } from './plan.ts'
import { type SqlStatement, splitStatements } from './split.ts'
import { builtIndex, dropUnfinished } from './unfinished-index.ts'

/** The file whose text is run. */
export interface AroundFile {
  readonly file: string
  /** Those of its transaction, this one among them: what takes it back takes all of them back. */
  readonly together: readonly string[]
  /** No other is applied after it. */
  readonly last: boolean
  /** What is thrown around it takes it back. */
  readonly inTransaction: boolean
}

export interface MigrateOptions extends Patience {
  /** Where the table `sluice_migrations` lives; created when missing. Default `public`. */
  readonly schema?: string
  /** How long to wait for another process that migrates the same database. Default 60 s. */
  readonly lockTimeoutMs?: number
  /** Runs the text of each file, and may look at the database before and after it, in its transaction where it has one. */
  readonly around?: (session: Connection, run: () => Promise<void>, file: AroundFile) => Promise<void>
  readonly onStep?: (step: { readonly direction: Step['direction']; readonly id: string; readonly ms: number }) => void
}

export interface MigrationStatus {
  readonly applied: readonly Applied[]
  readonly pending: readonly string[]
}

export interface MigrateUpOptions extends MigrateOptions {
  /** The last migration to apply. Default: all. */
  readonly target?: string
  /**
   * Files that follow each other are one transaction: what is thrown around any of them takes all of them back. A file without a
   * transaction stands by itself.
   */
  readonly together?: boolean
  /**
   * All functions of the schema that this history keeps: after the last migration those that are new or changed are applied, and those
   * without a file dropped. Functions follow whoever migrates last, an older process too: one that must not meet a new signature is kept
   * away by a numbered migration beside it. Missing: functions are left alone.
   */
  readonly functions?: readonly SqlFunction[]
}

/** Applies what is missing. Never takes a migration back. Returns the ids applied, then the names of the functions that changed. */
export async function migrateUp(url: string, migrations: readonly Migration[], options: MigrateUpOptions = {}): Promise<string[]> {
  const { target, functions } = options
  return await locked(url, options, async (session, schema) => [
    ...(await step(session, schema, migrations, target === undefined ? 'latest' : { id: target }, 'up', options)),
    ...(functions === undefined || target !== undefined
      ? []
      : await patiently(session, 'functions', options, () => applyFunctions(session, schema, functions))),
  ])
}

/** Takes back what was applied after `target`; `'none'` takes everything back. Functions go first. Returns the ids taken back. */
export async function migrateDown(
  url: string,
  migrations: readonly Migration[],
  target: Target,
  options: MigrateOptions = {},
): Promise<string[]> {
  return await locked(url, options, async (session, schema) => await step(session, schema, migrations, target, 'down', options))
}

/** What is applied and what is not, after checking that the applied ones are unchanged (`migration.drift`). */
export async function migrationStatus(
  url: string,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<MigrationStatus> {
  return await withSession(url, async (session) => {
    const applied = await readApplied(session, options.schema ?? 'public')
    planMigrations(applied, migrations)
    return {
      applied,
      pending: orderMigrations(migrations)
        .slice(applied.length)
        .map(({ id }) => id),
    }
  })
}

/** The same of migrations that may be changed, gone or late: what is wrong with them is told, and not thrown. */
export async function migrationStanding(
  url: string,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<MigrationStatus & { readonly faults: readonly MigrationFault[] }> {
  return await withSession(url, async (session) => {
    const applied = await readApplied(session, options.schema ?? 'public')
    const pending = orderMigrations(migrations).filter(({ id }) => !applied.some((each) => each.id === id))
    return { applied, pending: pending.map(({ id }) => id), faults: migrationFaults(applied, migrations) }
  })
}

async function locked<T>(url: string, options: MigrateOptions, act: (session: Connection, schema: string) => Promise<T>): Promise<T> {
  const schema = options.schema ?? 'public'
  return await withSession(url, async (session) => {
    await refuseUnfit(url, session)
    await lock(session, schema, options.lockTimeoutMs ?? 60_000)
    await createTable(session, schema)
    return await act(session, schema)
  })
}

async function step(
  session: Connection,
  schema: string,
  migrations: readonly Migration[],
  target: Target,
  direction: Step['direction'],
  options: MigrateOptions & Pick<MigrateUpOptions, 'together'>,
): Promise<string[]> {
  const steps = planMigrations(await readApplied(session, schema), migrations, target).filter((each) => each.direction === direction)
  if (direction === 'down' && steps.length > 0) await patiently(session, 'functions', options, () => dropFunctions(session, schema))
  for (const group of groupsOf(steps, options.together === true)) await run(session, group, schema, { ...options, last: steps.at(-1) })
  return steps.map(({ migration }) => migration.id)
}

/**
 * Held by the session until it closes. Tried again and again, not waited for inside the server: a waiting statement holds a snapshot, and
 * CREATE INDEX CONCURRENTLY of the migration that runs would wait for it forever.
 */
async function lock(session: Connection, schema: string, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await delay(25)) {
    const [row] = await session.query<{ held: boolean }>(
      "select pg_try_advisory_lock(hashtextextended('sluice migrations ' || $1, 0)) as held",
      [schema],
    )
    if (row?.held === true) return
    if (Date.now() > deadline) {
      throw lockErrors.held(`another process migrates the schema ${schema} for longer than ${timeoutMs} ms`, {
        facts: { schema },
        next: 'Wait for it to finish, then try again.',
      })
    }
  }
}

async function createTable(session: Connection, schema: string): Promise<void> {
  if (await tableExists(session, schema)) return
  if (schema !== 'public') await session.query(`create schema if not exists ${quoteIdentifier(schema)}`)
  await session.query(`create table if not exists ${tableIn(schema)} (
    id text primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`)
}

const tableIn = (schema: string): string => quoteIdentifier(schema, 'sluice_migrations')

async function tableExists(session: Connection, schema: string): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>('select to_regclass($1) is not null as found', [tableIn(schema)])
  return row?.found === true
}

async function readApplied(session: Connection, schema: string): Promise<Applied[]> {
  if (!(await tableExists(session, schema))) return []
  return await session.query<Applied & Record<string, unknown>>(
    `select id, sha256, applied_at as "appliedAt" from ${tableIn(schema)} order by id collate "C"`,
  )
}

/** Steps that are carried out together: one alone, or those that share a transaction. */
type Group = readonly [Step, ...Step[]]

function groupsOf(steps: readonly Step[], together: boolean): readonly Group[] {
  const groups: [Step, ...Step[]][] = []
  for (const step of steps) {
    const [first] = groups.at(-1) ?? []
    const joins = together && first !== undefined && ![first, step].some(({ sql }) => runsWithoutTransaction(sql))
    if (joins) groups.at(-1)?.push(step)
    else groups.push([step])
  }
  return groups
}

type RunOptions = MigrateOptions & { readonly last: Step | undefined }

async function run(session: Connection, group: Group, schema: string, options: RunOptions): Promise<void> {
  const { around = (_, act) => act(), last, onStep, ...patience } = options
  const [first] = group
  if (runsWithoutTransaction(first.sql)) {
    const began = performance.now()
    const act = async (): Promise<void> => {
      for (const statement of splitStatements(first.sql)) await runAlone(session, first, statement, patience)
      await forgetSettings(session)
    }
    await around(session, act, { file: fileOf(first), together: [fileOf(first)], last: first === last, inTransaction: false })
    await record(session, first, schema)
    onStep?.({ direction: first.direction, id: first.migration.id, ms: performance.now() - began })
    return
  }
  const taken = await patiently(session, group.map(fileOf).join(', '), patience, async () => {
    const took: number[] = []
    let before: Step | undefined
    await session.query('begin')
    try {
      for (const step of group) {
        const began = performance.now()
        if (before !== undefined) await checkDeferred(session)
        await session.query(`set local lock_timeout = ${patientLockTimeoutMs}`)
        const act = async (): Promise<void> => {
          for (const statement of splitStatements(step.sql)) await send(session, step, statement, before)
          await forgetSettings(session)
        }
        await around(session, act, { file: fileOf(step), together: group.map(fileOf), last: step === last, inTransaction: true })
        await record(session, step, schema)
        took.push(performance.now() - began)
        before = step
      }
      await session.query('commit')
    } catch (error) {
      await session.query('rollback').catch(() => undefined)
      throw migrationErrors.drift.is(error) || migrationErrors.failed.is(error)
        ? error
        : failure(before ?? first, { text: (before ?? first).sql, words: [] }, error)
    }
    return took
  })
  for (const [at, { direction, migration }] of group.entries()) onStep?.({ direction, id: migration.id, ms: taken[at] ?? 0 })
}

/** One by one, so that what fails without a place in its text is told by the line of its statement. */
async function send(session: Connection, step: Step, statement: SqlStatement, before: Step | undefined): Promise<void> {
  try {
    await session.query(statement.text)
  } catch (error) {
    throw failure(step, statement, error, before)
  }
}

/** What the end of a file's own transaction would check: a table with checks that wait cannot be altered by the next one. */
async function checkDeferred(session: Connection): Promise<void> {
  const [deferred] = await session.query<{ names: string | null }>(
    `select string_agg(distinct format('%I.%I', n.nspname, c.conname), ', ') as names
     from pg_constraint c join pg_namespace n on n.oid = c.connamespace where c.condeferred`,
  )
  if (deferred?.names == null) return
  await session.query('set constraints all immediate')
  await session.query(`set constraints ${deferred.names} deferred`)
}

/** What changes tables waits for their lock as in a transaction. What works concurrently holds nobody up and may wait for all of them. */
async function runAlone(session: Connection, step: Step, statement: SqlStatement, patience: Patience): Promise<void> {
  const { words } = statement
  const [first] = words
  const briefly = changing.has(first?.word ?? '') && !words.some(({ word }) => word === 'concurrently')
  const attempt = (): Promise<void> => send(session, step, statement, undefined)
  const built = builtIndex(statement)
  if (built !== undefined) await dropUnfinished(session, built)
  if (!briefly) return await attempt()
  await session.query(`set lock_timeout = ${patientLockTimeoutMs}`)
  await patiently(session, fileOf(step), patience, attempt)
  await session.query('reset lock_timeout')
}

const changing = new Set(['alter', 'create', 'drop', 'truncate', 'comment', 'grant', 'revoke'])

/** What a file has set for its session is not there for the next one, nor for the record of this one. */
async function forgetSettings(session: Connection): Promise<void> {
  for (const each of ['reset session authorization', 'reset all', 'unlisten *', 'discard temp', 'discard sequences'])
    await session.query(each)
}

async function record(session: Connection, { direction, migration }: Step, schema: string): Promise<void> {
  if (direction === 'up')
    await session.query(`insert into ${tableIn(schema)} (id, sha256) values ($1, $2)`, [migration.id, checksum(migration)])
  else await session.query(`delete from ${tableIn(schema)} where id = $1`, [migration.id])
}

const failure = (step: Step, { text, words }: SqlStatement, error: unknown, before?: Step): SluiceError =>
  fileFailure(fileOf(step), step.sql, error, {
    statement: text,
    from: words[0]?.at,
    facts: { migration: step.migration.id },
    next: `${dropFirst(error)}${
      runsWithoutTransaction(step.sql)
        ? 'Statements before the failing one are done (no transaction): undo them by hand or make the file repeatable, then try again.'
        : wayOut(error, before)
    }`,
  })

/** What stands in the way of a change goes before it and comes behind it: PostgreSQL names it, and no statement takes it along. */
function dropFirst(error: unknown): string {
  const { dependents } = error instanceof SluiceError ? error.facts : {}
  if (typeof dependents !== 'string') return ''
  const views = [...new Set(dependents.match(/(?:materialized )?view (?:"(?:[^"]|"")+"|[\w$.])+/g))]
  const statements = views.length === 0 ? '' : ` (${views.map((each) => `drop ${each};`).join(' ')})`
  return `${dependents.split('\n').join('; ')}. Drop it${statements} before this statement, and what makes it again behind it; a view of a model comes back with the next run of the model. `
}

function wayOut(error: unknown, before: Step | undefined): string {
  if (error instanceof SluiceError && error.facts.sqlstate === notInTransaction)
    return `Put the statement into a file of its own that begins with the line "-- no-transaction". ${nothingOf(before)}`
  if (before === undefined) return 'Correct the file and try again; nothing of it was applied.'
  return error instanceof SluiceError && error.facts.sqlstate === unsafeNewEnumValue
    ? `A value that a type has gained may be used once it is committed. Apply the files before it by themselves: --to ${before.migration.id}`
    : 'Correct the file and try again; nothing of it, nor of the files before it that are new, was applied.'
}

const nothingOf = (before: Step | undefined): string =>
  before === undefined ? 'Nothing of this one was applied.' : 'Nothing of this one, nor of the files before it that are new, was applied.'

const unsafeNewEnumValue = '55P04'

/** `create index concurrently`, `vacuum` and their like. */
const notInTransaction = '25001'
