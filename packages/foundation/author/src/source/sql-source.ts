import type { Duration } from '@sluice/core'
import type { DeclaredName } from '../base/declared-names.ts'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { named } from '../base/names.ts'
import { aText, optionNames, refuseOddOptions, refuseOther, refuseOtherValues, shown } from '../base/shape.ts'
import { spanMs } from '../base/spans.ts'
import { type DriftPolicies, type DriftPolicy, driftPolicies } from './drift.ts'

/** All rows with each pull, or those that were changed. */
export type SqlMode = 'full' | 'incremental'

/** Which rows of a database a pull takes: those whose `column` is not below the greatest value seen, less the overlap. */
export interface Incremental {
  readonly column: string
  /** Milliseconds of a column of time; else a number. */
  readonly overlap: number
  /** Milliseconds by which a time may lie ahead of now and be the greatest value seen. */
  readonly aheadMs: number
}

/** Rows of a table, or of a query, of a database. */
export interface SqlSource<Mode extends SqlMode = SqlMode> {
  readonly kind: 'sql-source'
  /** Names the source in receipts, so that a dataset may be filled from several. */
  readonly name: string
  /** A database among the connections of the project. */
  readonly connection: string
  readonly of: { readonly table: string } | { readonly query: string }
  readonly mode: Mode
  /** Of mode `incremental`. */
  readonly incremental: (Incremental & { readonly unit: 'ms' | 'number' }) | undefined
  readonly drift: Required<DriftPolicies>
  /** The server ends a statement that runs longer, and one that waits longer for a lock. */
  readonly limits: { readonly statementMs: number; readonly lockMs: number }
  readonly description: string | undefined
}

interface Options<N extends string> {
  /** The name of the table unless given. Another name begins anew: all rows are then read again. */
  readonly name?: string
  /** One that is declared by `postgresConnection`. */
  readonly connection: DeclaredName<'database', N>
  /** What happens where a table has other columns than the dataset: one policy, or one for each event. */
  readonly drift?: DriftPolicy | DriftPolicies
  /** How long a statement may run (`1h` unless given), and wait for a lock (`30s`). */
  readonly limits?: { readonly statement?: Duration; readonly lock?: Duration }
  readonly description?: string
}

/** A table, as `orders` or `sales.orders`, or a SELECT in the words of the database, which has a name then. */
type What = { readonly table: string; readonly query?: never } | { readonly query: string; readonly name: string; readonly table?: never }

/** `full`: the dataset is then what the source is, so that rows which were deleted there go. */
interface Full {
  readonly mode: 'full'
}

/**
 * Rows whose column, of time or a number, is not below the greatest value seen, less the overlap; those without a value come with each
 * pull. The rows go by the key of the dataset. Rows that were deleted in the source stay.
 */
interface ByColumn {
  readonly mode: {
    readonly incremental: string
    /** How late a row may become visible behind those with a greater value: `'1h'` of a column of time, else a number. */
    readonly overlap: Duration | number
    /**
     * So far ahead of the clock of the database a time counts as the greatest value; `'1d'` unless given. A row with a later one comes with
     * each pull.
     */
    readonly ahead?: Duration
  }
}

/**
 * Declares rows of a database to read: `pull({ from: source, into: dataset })` takes them in one snapshot of the database.
 * @throws `definition.invalid`
 */
export function sqlSource<const N extends string>(options: Options<N> & What & Full): SqlSource<'full'>
export function sqlSource<const N extends string>(options: Options<N> & What & ByColumn): SqlSource<'incremental'>
export function sqlSource(options: Options<string> & What & (Full | ByColumn)): SqlSource {
  refuseOddOptions('sqlSource', options, sqlOptions)
  const { table, query, mode, limits = {}, description } = options
  const where = `sqlSource ${typeof options.name === 'string' ? options.name : typeof table === 'string' ? table : ''}`.trim()
  refuseOtherValues(where, options, { table: aTable, query: aQuery, description: aText })
  if ((table === undefined) === (query === undefined)) {
    throw refused(where, 'it says neither table nor query, or both', "Write table: 'public.orders', or query: 'select ...'.")
  }
  refuseOther(where, 'connection', options.connection, aConnection)
  const incremental = incrementalOf(where, mode)
  refuseOddOptions(`${where}, limits`, limits, ['statement', 'lock'])
  return frozen({
    kind: 'sql-source',
    name: named('sqlSource', options.name ?? table?.split('.').at(-1)),
    connection: options.connection,
    of: table === undefined ? { query: query ?? '' } : { table },
    mode: incremental === undefined ? 'full' : 'incremental',
    incremental,
    drift: driftPolicies(where, options.drift),
    limits: {
      statementMs: spanMs(where, 'limits.statement', limits.statement ?? '1h'),
      lockMs: spanMs(where, 'limits.lock', limits.lock ?? '30s'),
    },
    description,
  })
}

const sqlOptions = optionNames<Options<string> & { table: 1; query: 1; mode: 1 }>({
  name: true,
  connection: true,
  table: true,
  query: true,
  mode: true,
  drift: true,
  limits: true,
  description: true,
})

const aConnection = { is: (value: unknown) => typeof value === 'string' && value !== '', called: 'the name of a connection' }
const aColumn = { is: (value: unknown) => typeof value === 'string' && value !== '', called: 'the name of a column' }
const aTable = {
  is: (value: unknown) => typeof value === 'string' && /^[^.\0]+(?:\.[^.\0]+)?$/.test(value),
  called: "a table, such as 'orders' or 'sales.orders'; of names with a point in them write query: 'select * from ...'",
}
const aQuery = {
  is: (value: unknown) => typeof value === 'string' && /^\s*(?:--[^\n]*\n\s*)*(?:select|with|values|table)\b/i.test(value),
  called: 'a SELECT',
}

function incrementalOf(where: string, mode: unknown): SqlSource['incremental'] {
  if (mode === 'full') return undefined
  if (typeof mode !== 'object' || mode === null) {
    throw refused(where, `mode is ${shown(mode)}`, "Write 'full' or { incremental: 'updated_at', overlap: '1h' }.")
  }
  refuseOddOptions(`${where}, mode`, mode, ['incremental', 'overlap', 'ahead'])
  const { incremental: column, overlap, ahead } = mode as Readonly<Partial<Record<string, unknown>>>
  refuseOther(where, 'mode.incremental', column, aColumn)
  const aheadMs = spanMs(where, 'mode.ahead', ahead ?? '1d')
  if (typeof overlap === 'number' && Number.isFinite(overlap) && overlap >= 0) {
    return { column: column as string, overlap, unit: 'number', aheadMs }
  }
  if (typeof overlap === 'string') return { column: column as string, overlap: spanMs(where, 'mode.overlap', overlap), unit: 'ms', aheadMs }
  throw refused(
    where,
    `mode.overlap is ${shown(overlap)}`,
    "Say how late a row may become visible behind those with a greater value: '1h' of a column of time, else a number from 0.",
  )
}
