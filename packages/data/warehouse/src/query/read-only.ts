import type { Columns, Reading, RowOf, Sql } from '@sluice/author'
import {
  type AnswerBudget,
  type CutBy,
  inputErrors,
  isSluiceError,
  type Json,
  joinedPieces,
  requestErrors,
  type SluiceError,
  tookTooLong,
  usualLimits,
} from '@sluice/core'
import { type Connection, cancelStatement, isoTypeParsers, type Pool, toFault } from '@sluice/postgres'
import { warehouseErrors } from '../errors.ts'
import { toWarehouseFault } from '../fault.ts'
import { type Answer, rowsOf, typeNamesOf } from './answer.ts'
import { exportRows, type RowsFormat, type ToParquet } from './export-rows.ts'
import { jsonSafe } from './json-safe.ts'
import { withMeant } from './meant-names.ts'
import { bindNamed, type NamedParams } from './named-params.ts'
import { renderSql } from './render.ts'
import { sqlPosition } from './sql-position.ts'
import { refusalOf, statementKind } from './statement-kind.ts'
import { fetchWithin, readWithin } from './within-budget.ts'
import { refuseXml } from './xml-words.ts'

export interface QueryOptions {
  /** The server ends a longer statement, and all statements of a longer query. Default 60 s. */
  readonly timeoutMs?: number
  /** On abort the server ends what runs. */
  readonly signal?: AbortSignal
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
  /** What the answer may be at most, whatever the limit. */
  readonly budget?: AnswerBudget
}

export interface SqlFileOptions extends Omit<SqlTextOptions, 'budget'> {
  readonly format: RowsFormat
  readonly toParquet: ToParquet | undefined
  /** A larger file is `query.too_large`. Default 8 GiB. */
  readonly mostBytes?: number
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Cells in the order of the columns: two columns may have one name. */
  readonly rows: readonly (readonly Json[])[]
  /** There were more rows. */
  readonly truncated: boolean
  /** Why: the limit that was asked for, or the most that any answer may have. */
  readonly cutBy: CutBy | null
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
  return JSON.parse((await sqlJson(pool, typed, options)).join('')) as SqlResult
}

/** The same as pieces of JSON, for those who only pass it on: rows become text as they come, and are never held as values. */
export async function sqlJson(pool: Pool, typed: string, options: SqlTextOptions & InZone): Promise<readonly string[]> {
  const { text, params } = options.params === undefined ? { text: typed, params: [] } : bindNamed(typed, options.params)
  refuseOther(text)
  const kind = statementKind(text)
  refuseXml(text)
  const { limit = 1000, budget = usualLimits.budget } = options
  const { fields, rows, cutBy } = await readTyped(pool, text, options, async (tx) => {
    if (kind === 'direct') {
      const all = await placedIn(text, 0, () => readWithin(tx, { text, values: params }, { ...budget, rowsBefore: 0 }))
      return { ...all, rows: all.rows.slice(0, limit), cutBy: all.cutBy ?? (all.rows.length > limit ? ('limit' as const) : null) }
    }
    await send(tx, text, { prefix: 'declare sluice_cursor no scroll cursor for ', params })
    return await placedIn(text, 0, () => fetchWithin(tx, 'sluice_cursor', Math.max(0, Math.trunc(limit)), budget))
  })
  // On a session of its own: that of the rows may be gone.
  const types = await typeNamesOf(pool, fields)
  const columns = fields.map(({ name }, index) => ({ name, type: types[index] ?? 'unknown' }))
  const separated = rows.map((row, at) => (at === 0 ? row : `,${row}`))
  return joinedPieces([
    `{"columns":${JSON.stringify(columns)},"rows":[`,
    ...separated,
    `],"truncated":${cutBy !== null},"cutBy":${JSON.stringify(cutBy)}}`,
  ])
}

/** All rows of a query typed by a person, as a file of the format. Errors as `sqlText`, before the first byte. */
export async function sqlFile(
  pool: Pool,
  typed: string,
  { format, toParquet, mostBytes = usualLimits.file.bytes, ...options }: SqlFileOptions & InZone,
): Promise<AsyncIterable<Uint8Array>> {
  const { text, params } = options.params === undefined ? { text: typed, params: [] } : bindNamed(typed, options.params)
  refuseOther(text)
  refuseXml(text)
  if (statementKind(text) !== 'cursor') throw inputErrors.invalid('explain and show have no file', { next: 'Leave out --format and -o.' })
  return await readTyped(pool, text, options, async (tx) => {
    await send(tx, text, { prefix: 'declare sluice_cursor no scroll cursor for ', params })
    return await placedIn(text, 0, () =>
      exportRows(tx, 'sluice_cursor', { format, toParquet, mostBytes, limit: options.limit ?? Number.MAX_SAFE_INTEGER }),
    )
  })
}

/** @throws `input.invalid` for a word that begins no statement, `request.denied` for a statement that does not only read */
function refuseOther(text: string): void {
  const refused = refusalOf(text)
  if (refused === undefined) return
  const { word, meant, known } = refused
  if (known)
    throw requestErrors.denied('only queries run here: select, with, values, table, explain, show', {
      next: 'Change the schema with a migration and rows with a load or a model.',
    })
  throw inputErrors.invalid(word === '' ? 'there is no statement' : `"${word}" begins no statement`, {
    facts: { word },
    next: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : 'A query begins with select, with, values, table, explain or show.',
  })
}

async function resultOf(tx: Connection, { fields, rows }: Answer, limit: number): Promise<SqlResult> {
  const types = await typeNamesOf(tx, fields)
  return {
    columns: fields.map(({ name }, index) => ({ name, type: types[index] ?? 'unknown' })),
    rows: rows.slice(0, limit).map((row) => row.map(jsonSafe)),
    truncated: rows.length > limit,
    cutBy: rows.length > limit ? 'limit' : null,
  }
}

/** Of a text that a person typed: names that are not there are answered with those that may be meant. */
async function readTyped<T>(pool: Pool, text: string, options: QueryOptions & InZone, act: (tx: Connection) => Promise<T>): Promise<T> {
  try {
    return await readOnly(pool, options, act)
  } catch (error) {
    throw await withMeant(pool, error, text)
  }
}

/** Whatever the statement did to the session (settings, advisory locks) is taken back with the transaction or after it. */
async function readOnly<T>(
  pool: Pool,
  { timeoutMs = usualLimits.timeoutMs, timeZone, signal }: QueryOptions & InZone,
  act: (tx: Connection) => Promise<T>,
): Promise<T> {
  // A query of several statements has one time for all of them; the server's own limit is told first where one took it all.
  const began = performance.now()
  const late = AbortSignal.timeout(timeoutMs + graceMs)
  const over = signal === undefined ? late : AbortSignal.any([signal, late])
  try {
    return await pool.withConnection(async (connection) => {
      over.throwIfAborted()
      await connection.query('begin read only')
      await connection.query(endWithItsCaller)
      let cancel = (): void => undefined
      let cancelling: Promise<unknown> | undefined
      try {
        await connection.query(`select set_config('statement_timeout', $1, true), set_config('timezone', $2, true)`, [
          String(timeoutMs),
          timeZone,
        ])
        // A cancel that finds the server gone has nothing left to do: the session's own statement reports that.
        cancel = () => {
          cancelling = cancelStatement(connection.native).catch(() => undefined)
        }
        over.addEventListener('abort', cancel, { once: true })
        over.throwIfAborted()
        return await act(connection)
      } finally {
        over.removeEventListener('abort', cancel)
        // The next statement of the session is not the one that was meant.
        await cancelling
        // A failed rollback means a lost session; the first error is the one to report.
        await connection.query('rollback').catch(() => undefined)
        await connection.query('select pg_advisory_unlock_all()').catch(() => undefined)
      }
    })
  } catch (error) {
    if (signal?.aborted !== true && (late.aborted || (isCancelled(error) && performance.now() - began >= timeoutMs)))
      throw tookTooLong(timeoutMs)
    signal?.throwIfAborted()
    throw toWarehouseFault(error)
  }
}

/**
 * A caller that was killed cancels nothing, and the server finds out that nobody listens when it has something to say. It looks by itself
 * where it is told to and can: one on Windows cannot. What its operator has set stays.
 */
const endWithItsCaller = `do $$ begin
  if current_setting('client_connection_check_interval') = '0' then
    perform set_config('client_connection_check_interval', '2s', true);
  end if;
exception when others then null;
end $$`

/** By the server's own limit, by whoever has left, or by somebody who looks after the server. */
const isCancelled = (error: unknown): boolean => isSluiceError(error) && error.facts.sqlstate === '57014'

const graceMs = 1_000

/** Always the extended protocol: the server refuses a text of two statements there, so none can end the transaction and go on. */
async function send(
  tx: Connection,
  text: string,
  options: { readonly prefix?: string; readonly params?: readonly unknown[]; readonly iso?: true },
): Promise<Answer> {
  const prefix = options.prefix ?? ''
  const config = {
    text: prefix + text,
    values: [...(options.params ?? [])],
    rowMode: 'array' as const,
    queryMode: 'extended',
    ...(options.iso === true ? { types: isoTypeParsers } : {}),
  }
  return await placedIn(text, prefix.length, () => tx.native.query<unknown[]>(config))
}

async function placedIn<T>(text: string, offset: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (isSluiceError(error)) throw error
    throw placed(toFault(error, text), text, offset)
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
    '57014': 'Somebody ended the query on the server: ask again.',
    '42P08': 'Say the type of the parameter where it stands, for example :n::integer.',
    '53400':
      'Sort, group and join fewer rows or shorter values: what outgrows the memory is written to the disk, of which a query has 2 GB.',
  })[sqlstate]
