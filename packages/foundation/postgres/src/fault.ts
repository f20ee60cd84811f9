import { configErrors, diskErrors, SluiceError } from '@sluice/core'
import { postgresErrors } from './errors.ts'
import { diskFull, type Retry, retryOf, tooManySessions } from './sqlstate.ts'
import { tlsTrouble } from './tls.ts'

/** What `pg` throws: a server's error carries a SQLSTATE in `code`, a network error the system's code, its own errors only a message. */
interface Thrown extends Error {
  readonly code?: string
  readonly severity?: string
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly dataType?: string
  readonly position?: string
  readonly where?: string
  readonly detail?: string
}

/** What to do about a pooler that takes from a session what the platform builds on: settings, locks, notifications. */
export const goDirectly =
  'Give the URL of the PostgreSQL server itself, or of a pooler in session mode that passes the startup parameter "options" on.'

const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
const lostConnection =
  /^(Connection terminated|Connection ended|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout)/

/** What may be done about a thrown value of `pg`, or about the `SluiceError` made of it. */
export function retryAfter(thrown: unknown): Retry {
  if (thrown instanceof SluiceError) return (thrown.facts.retry as Retry | undefined) ?? 'never'
  if (!(thrown instanceof Error)) return 'never'
  const { code, message } = thrown as Thrown
  const retry = retryOf(code)
  if (retry !== 'never') return retry
  if ((code !== undefined && network.has(code)) || lostConnection.test(message)) return 'connection'
  return thrown instanceof AggregateError && thrown.errors.length > 0 && thrown.errors.every((each) => retryAfter(each) === 'connection')
    ? 'connection'
    : 'never'
}

/**
 * An error of `pg` as `SluiceError`: `postgres.unavailable` when trying again may succeed (`sqlstate.ts` is the table), `disk.full`,
 * `config.invalid` for what only a pooler says and for a certificate that nobody trusts, else `postgres.failed`. The facts name SQLSTATE,
 * constraint, table, column and the statement's beginning; never parameters or the server's DETAIL line, which quote rows. Where
 * others stand on an object, it names them: `dependents`.
 */
export function toFault(thrown: unknown, statement?: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as Thrown
  const retry = retryAfter(error)
  const sqlstate = isSqlstate(error.code) ? error.code : undefined
  const facts = present({
    sqlstate,
    retry: retry === 'never' ? undefined : retry,
    systemCode: sqlstate === undefined ? error.code : undefined,
    schema: error.schema,
    table: error.table,
    column: error.column,
    constraint: error.constraint,
    dataType: error.dataType,
    position: error.position === undefined ? undefined : Number(error.position),
    where: error.where,
    dependents: sqlstate !== undefined && hasDependents.has(sqlstate) ? error.detail : undefined,
    statement: statement === undefined ? undefined : shown(statement),
  })
  const message = messageOf(error)
  const tls = sqlstate === undefined ? tlsTrouble(error) : undefined
  if (tls !== undefined) return configErrors.invalid(`PostgreSQL: ${tls.what}`, { facts, cause: thrown, next: tls.next })
  if (/^unsupported (options )?startup parameter/.test(message)) {
    return configErrors.invalid(`a pooler between here and PostgreSQL does not let a session have settings of its own: ${message}`, {
      facts,
      cause: thrown,
      next: goDirectly,
    })
  }
  if (sqlstate === diskFull) {
    return diskErrors.full(`PostgreSQL: ${message}`, {
      facts,
      cause: thrown,
      next: 'Free space on the disk of the PostgreSQL server.',
    })
  }
  if (retry !== 'never')
    return postgresErrors.unavailable(`PostgreSQL: ${message}`, { facts, cause: thrown, next: nextOf(retry, sqlstate) })
  return postgresErrors.failed(`PostgreSQL: ${message}`, { facts, cause: thrown, next: failedNext(sqlstate) })
}

/** Runs `act`, throwing what it throws as `SluiceError`. */
export async function withFaults<T>(statement: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toFault(error, statement)
  }
}

/** The beginning of a statement, without a password that it sets. */
const shown = (statement: string): string =>
  statement
    .trim()
    .replace(/(\bpassword\s+)'[^']*'/gi, "$1'***'")
    .slice(0, 300)

/** What others stand on is neither changed (`cannot alter type of a column used by a view`) nor dropped. */
const hasDependents: ReadonlySet<string> = new Set(['0A000', '2BP01'])

const isSqlstate = (code: unknown): code is string => typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !network.has(code)

const messageOf = (error: Error): string =>
  error.message ||
  (error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
    : error.name)

function nextOf(retry: Retry, sqlstate: string | undefined): string {
  if (retry === 'transaction') return 'Run the transaction again; it lost against a concurrent one.'
  if (sqlstate === tooManySessions) {
    return 'Try again when others have ended. Run fewer workers (SLUICE_WORKERS), or raise max_connections of the server.'
  }
  return 'Check that the server runs and that the URL is right, then try again.'
}

function failedNext(sqlstate: string | undefined): string {
  if (sqlstate?.startsWith('28')) return 'Check the user and the password of the database URL.'
  if (sqlstate === '3D000') return 'Create the database, or correct its name in the URL.'
  if (sqlstate === '42501') return 'Grant the role what the statement needs, or use another role.'
  if (sqlstate?.startsWith('23')) return 'Correct the rows that break the constraint.'
  if (sqlstate?.startsWith('22')) return 'Correct the value that does not fit its type.'
  if (sqlstate?.startsWith('42')) return 'Correct the statement, or bring the schema up to date with the migrations.'
  return 'Read what the server said, in the message and its cause, and correct what it names.'
}

const present = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
