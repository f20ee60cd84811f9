import type { Columns, Reading, RowOf, Sql } from '@sluice/author'
import { type Json, requestErrors, type SluiceError } from '@sluice/core'
import { type Connection, isoTypeParsers, type Pool, toFault } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'
import { toWarehouseFault } from '../fault.ts'
import { type Answer, rowsOf, typeNamesOf } from './answer.ts'
import { jsonSafe } from './json-safe.ts'
import { bindNamed, type NamedParams } from './named-params.ts'
import { renderSql } from './render.ts'
import { sqlPosition } from './sql-position.ts'
import { statementKind } from './statement-kind.ts'

export interface QueryOptions {
  /** The server ends a longer statement. Default 60 s. */
  readonly timeoutMs?: number
}

/** The day of `current_date`, and what a time without a zone means. Instants come as such whatever it is. */
interface InZone {
  readonly timeZone: string
}

export interface SqlTextOptions extends QueryOptions {
  /** At most so many rows. Default 1,000. */
  readonly limit?: number
  /** Values for `:name` placeholders; without it, a colon is left to the server. */
  readonly params?: NamedParams
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Cells in the order of the columns: two columns may have one name. */
  readonly rows: readonly (readonly Json[])[]
  /** There were more rows than the limit. */
  readonly truncated: boolean
}

/**
 * Rows of a small result, in a read-only transaction. Errors: `warehouse.failed` (with the place in the statement),
 * `warehouse.unavailable`, `definition.invalid` for other columns than those asked for.
 */
export async function rows<C extends Columns>(
  pool: Pool,
  columns: C,
  { sql, reading }: { readonly sql: Sql; readonly reading: Reading },
  options: QueryOptions = {},
): Promise<readonly RowOf<C>[]> {
  const { text, params } = renderSql(sql, reading)
  return await readOnly(
    pool,
    { ...options, timeZone: reading.timeZone },
    async (tx) => await rowsOf(tx, columns, await send(tx, text, { params })),
  )
}

/** The first rows of a statement, whatever its columns. Errors as `rows`. */
export async function answer(
  pool: Pool,
  { sql, reading }: { readonly sql: Sql; readonly reading: Reading },
  options: SqlTextOptions = {},
): Promise<SqlResult> {
  const { text, params } = renderSql(sql, reading)
  const limit = options.limit ?? 1000
  return await readOnly(
    pool,
    { ...options, timeZone: reading.timeZone },
    async (tx) => await resultOf(tx, await send(tx, text, { params, iso: true }), limit),
  )
}

/**
 * A query typed by a person: `select`, `with`, `values`, `table`, `explain` or `show`, exactly one, at most `limit` rows.
 * A read-only transaction keeps it from changing rows; what functions of the server may do is up to the role, so connect as the reader.
 */
export async function sqlText(pool: Pool, typed: string, options: SqlTextOptions & InZone): Promise<SqlResult> {
  const { text, params } = options.params === undefined ? { text: typed, params: [] } : bindNamed(typed, options.params)
  const kind = statementKind(text)
  if (kind === 'refused') {
    throw requestErrors.denied('only queries run here: select, with, values, table, explain, show', {
      next: 'Change the schema with a migration and rows with a load or a model.',
    })
  }
  const limit = options.limit ?? 1000
  return await readOnly(pool, options, async (tx) => {
    return await resultOf(
      tx,
      kind === 'cursor' ? await fetchRows(tx, text, params, limit) : await send(tx, text, { params, iso: true }),
      limit,
    )
  })
}

async function resultOf(tx: Connection, { fields, rows }: Answer, limit: number): Promise<SqlResult> {
  const types = await typeNamesOf(tx, fields)
  return {
    columns: fields.map(({ name }, index) => ({ name, type: types[index] ?? 'unknown' })),
    rows: rows.slice(0, limit).map((row) => row.map(jsonSafe)),
    truncated: rows.length > limit,
  }
}

/** A cursor takes nothing but a query, and gives no more rows than are asked for. */
async function fetchRows(tx: Connection, text: string, params: readonly unknown[], limit: number): Promise<Answer> {
  await send(tx, text, { prefix: 'declare sluice_cursor no scroll cursor for ', params })
  return await send(tx, `fetch forward ${Math.max(0, Math.trunc(limit)) + 1} from sluice_cursor`, { shown: text, iso: true })
}

/** Whatever the statement did to the session (settings, advisory locks) is taken back with the transaction or after it. */
async function readOnly<T>(
  pool: Pool,
  { timeoutMs = 60_000, timeZone }: QueryOptions & InZone,
  act: (tx: Connection) => Promise<T>,
): Promise<T> {
  try {
    return await pool.withConnection(async (connection) => {
      await connection.query('begin read only')
      try {
        await connection.query(`select set_config('statement_timeout', $1, true), set_config('timezone', $2, true)`, [
          String(timeoutMs),
          timeZone,
        ])
        return await act(connection)
      } finally {
        // A failed rollback means a lost session; the first error is the one to report.
        await connection.query('rollback').catch(() => undefined)
        await connection.query('select pg_advisory_unlock_all()').catch(() => undefined)
      }
    })
  } catch (error) {
    throw toWarehouseFault(error)
  }
}

/** Always the extended protocol: the server refuses a text of two statements there, so none can end the transaction and go on. */
async function send(
  tx: Connection,
  text: string,
  options: { readonly prefix?: string; readonly params?: readonly unknown[]; readonly shown?: string; readonly iso?: true },
): Promise<Answer> {
  const prefix = options.prefix ?? ''
  const config = {
    text: prefix + text,
    values: [...(options.params ?? [])],
    rowMode: 'array' as const,
    queryMode: 'extended',
    ...(options.iso === true ? { types: isoTypeParsers } : {}),
  }
  try {
    return await tx.native.query<unknown[]>(config)
  } catch (error) {
    throw placed(toFault(error, options.shown ?? text), options.shown ?? text, prefix.length)
  }
}

/** Adds line, column and a caret to an error of the server. */
function placed(fault: SluiceError, text: string, offset: number): SluiceError {
  if (fault.code !== 'postgres.failed') return fault
  const position = fault.facts.position
  const at = typeof position === 'number' ? sqlPosition(text, position - offset) : undefined
  const { position: _, ...facts } = fault.facts
  const where = at === undefined ? '' : ` (line ${at.line}, column ${at.column})\n${at.frame}`
  return warehouseErrors.failed(`${fault.message}${where}`, {
    facts: { ...facts, ...(at === undefined ? {} : { line: at.line, column: at.column, frame: at.frame }) },
    cause: fault.cause,
    next: nextOf(String(fault.facts.sqlstate ?? '')) ?? fault.next ?? 'Correct the statement.',
  })
}

const nextOf = (sqlstate: string): string | undefined =>
  ({
    '25006': 'Queries only read: change the schema with a migration and rows with a load or a model.',
    '42P08': 'Say the type of the parameter where it stands, for example :n::integer.',
    '57014': 'Narrow the query, or give it more time.',
  })[sqlstate]
