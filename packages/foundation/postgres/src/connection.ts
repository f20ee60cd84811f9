import { configErrors } from '@sluice/core'
import pg from 'pg'
import { toFault, withFaults } from './fault.ts'
import { typeParsers } from './parsers.ts'
import { withTlsWrittenOut } from './tls.ts'

/** A statement: its text, or text and the name under which each connection prepares it once. */
export type Statement = string | { readonly name: string; readonly text: string }

export interface Queryable {
  /** The rows. Errors: `postgres.unavailable` (retryable), `postgres.failed`, `disk.full`. */
  query<Row extends object = Record<string, unknown>>(statement: Statement, params?: readonly unknown[]): Promise<Row[]>
  /** How many rows the statement changed. */
  execute(statement: Statement, params?: readonly unknown[]): Promise<number>
}

/** One session. `native` is for what needs the driver itself (COPY, Kysely, notifications). */
export interface Connection extends Queryable {
  readonly native: pg.ClientBase
}

export const queryable = (client: pg.ClientBase | pg.Pool): Queryable => ({
  query: async <Row extends object>(statement: Statement, params?: readonly unknown[]) =>
    (await send(client, statement, params)).rows as Row[],
  execute: async (statement, params) => (await send(client, statement, params)).rowCount ?? 0,
})

export const asConnection = (client: pg.ClientBase): Connection => ({ ...queryable(client), native: client })

async function send(
  client: pg.ClientBase | pg.Pool,
  statement: Statement,
  params: readonly unknown[] | undefined,
): Promise<pg.QueryResult> {
  const text = typeof statement === 'string' ? statement : statement.text
  const name = typeof statement === 'string' ? {} : { name: statement.name }
  const values = params === undefined ? {} : { values: [...params] }
  const result: pg.QueryResult | pg.QueryResult[] = await withFaults(text, () => client.query({ text, ...name, ...values }))
  // Several statements in one text answer several times: the last one counts.
  return Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result
}

export interface ConnectOptions {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
  /** How long to wait for a connection, also for a free one of a pool. Default 10 s. */
  readonly connectTimeoutMs?: number
  /** The server cancels a longer statement (SQLSTATE 57014). Default: none. */
  readonly statementTimeoutMs?: number
  /** The server cancels a statement that waits longer for a lock (55P03, retryable). Default: none. */
  readonly lockTimeoutMs?: number
}

/** ISO dates in UTC, and every digit of a double, whatever the settings of server, database and role: the parsers count on it. */
export const sessionSettings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
}
const sessionOptions = Object.entries(sessionSettings)
  .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '')}`)
  .join(' ')

export function clientConfig(url: string, options: ConnectOptions): pg.ClientConfig {
  const { url: clean, options: given } = splitOptions(url)
  return {
    connectionString: clean,
    options: given === undefined ? sessionOptions : `${sessionOptions} ${given}`,
    application_name: options.applicationName ?? 'sluice',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    types: typeParsers,
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout: options.lockTimeoutMs }),
  }
}

/** Runs `act` on a session of its own, outside any pool. */
export async function withSession<T>(url: string, act: (connection: Connection) => Promise<T>, options: ConnectOptions = {}): Promise<T> {
  const client = new pg.Client(clientConfig(url, options))
  // A session that dies between two statements would otherwise end the process; the next statement reports it.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined)
    throw toFault(error)
  }
  try {
    return await act(asConnection(client))
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The driver lets `options` of the URL win over ours: they are joined instead. */
function splitOptions(url: string): { url: string; options: string | undefined } {
  const parsed = parseUrl(url)
  const options = parsed.searchParams.get('options') ?? undefined
  parsed.searchParams.delete('options')
  withTlsWrittenOut(parsed)
  return { url: parsed.href, options }
}

/** A `postgres://` URL, or `config.invalid` without repeating the password. */
export function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && ['postgres:', 'postgresql:'].includes(parsed.protocol)) return parsed
  throw configErrors.invalid('a database URL must look like postgres://user:password@host:5432/database', {
    next: 'Correct the database URL; special characters in user and password are percent-encoded.',
  })
}
