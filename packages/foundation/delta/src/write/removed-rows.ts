import type { TableContext } from '../context.ts'
import { statsOf } from '../files/stats.ts'
import type { AddFile } from '../protocol/actions.ts'
import type { TableShape } from '../read/prune.ts'
import { positionColumns } from '../read/scan.ts'
import { scanOf } from '../read/snapshot.ts'
import type { Scratch } from '../scratch.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import type { Candidates, Selection } from './selection.ts'

/** Columns that a change adds to its relations. A scan refuses a table that has columns of these names. */
export const position = {
  file: quoteIdentifier(positionColumns.file),
  row: quoteIdentifier(positionColumns.row),
  /** The `_change_type` that the change data feed has for the former row. */
  change: '"$change"',
} as const

/** The rows that a change removes from their files: deleted rows, and updated rows in their former state. */
export interface RemovedRows {
  /** The searched files. */
  readonly files: readonly AddFile[]
  /** A relation of `position.file` (an index into `files`), `position.row` and `position.change`, with each row once. */
  readonly rows: string
  /** Files of which all rows are removed. `rows` does not contain their rows. */
  readonly whole: readonly AddFile[]
  /** The `position.change` of the rows in `whole`. */
  readonly wholeChange: 'delete' | 'update_preimage'
  /** The files that `rows` names. */
  readonly touched: readonly Touched[]
}

/** A searched file that contains removed rows. */
export interface Touched {
  readonly index: number
  readonly file: AddFile
  readonly rows: number
  /** All rows of the file are removed, according to its statistics. */
  readonly emptied: boolean
}

export async function touchedFiles({ connection }: TableContext, files: readonly AddFile[], rows: string): Promise<readonly Touched[]> {
  if (files.length === 0) return []
  const counts = await queryRows(connection, `SELECT ${position.file} AS i, count(*) AS n FROM ${rows} GROUP BY 1 ORDER BY 1`)
  return counts.flatMap((count) => {
    const [index, gone] = [Number(count.i), Number(count.n)]
    const file = files[index]
    return file === undefined ? [] : [{ index, file, rows: gone, emptied: liveRows(file) === gone }]
  })
}

/** The number of rows of a file that are in the table; `undefined` when its statistics have no count. */
export function liveRows(file: AddFile): number | undefined {
  const rows = statsOf(file).numRecords
  return rows === undefined ? undefined : rows - (file.deletionVector?.cardinality ?? 0)
}

export function sumRows(files: readonly AddFile[]): number | undefined {
  return files.reduce<number | undefined>((sum, file) => {
    const rows = liveRows(file)
    return sum === undefined || rows === undefined ? undefined : sum + rows
  }, 0)
}

/** A SELECT of all columns of some searched files, with the position of each row. */
export async function positionedScan(
  context: TableContext,
  shape: TableShape,
  files: readonly { readonly index: number; readonly file: AddFile }[],
): Promise<string> {
  const scan = await scanOf(
    files.map(({ file }) => file),
    shape,
    context,
    { positions: true },
  )
  if (files.every(({ index }, at) => index === at)) return scan
  const indices = files.map(({ index }) => index).join(', ')
  return `SELECT * REPLACE (list_extract([${indices}]::BIGINT[], ${position.file} + 1) AS ${position.file}) FROM (${scan})`
}

const noRows = `(SELECT 0 AS ${position.file}, 0 AS ${position.row}, '' AS ${position.change} WHERE false)`

/** Finds the selected rows. Reads only the files for which statistics do not decide. */
export async function findRemoved(
  context: TableContext,
  scratch: Scratch,
  shape: TableShape,
  { sql }: Selection,
  { whole, maybe }: Candidates,
  change: RemovedRows['wholeChange'],
): Promise<RemovedRows> {
  if (maybe.length === 0) return { files: maybe, rows: noRows, whole, wholeChange: change, touched: [] }
  const scan = await positionedScan(
    context,
    shape,
    maybe.map((file, index) => ({ file, index })),
  )
  const rows = await scratch.keep(
    `SELECT ${position.file}, ${position.row}, '${change}' AS ${position.change} FROM (${scan}) AS target WHERE ${sql}`,
  )
  return { files: maybe, rows, whole, wholeChange: change, touched: await touchedFiles(context, maybe, rows) }
}

/** A SELECT of the removed rows in their former state, all columns and `position.change`. */
export async function selectRemoved(context: TableContext, shape: TableShape, removed: RemovedRows): Promise<string> {
  const { touched } = removed
  const parts: string[] = []
  const columns = shape.schema.fields.map(({ name }) => `target.${quoteIdentifier(name)}`).join(', ')
  if (touched.length > 0) {
    const scan = await positionedScan(context, shape, touched)
    parts.push(`SELECT ${columns}, gone.${position.change} FROM (${scan}) AS target ${joinAtPositions(removed.rows, 'gone')}`)
  }
  if (removed.whole.length > 0 || parts.length === 0) {
    const scan = await scanOf(removed.whole, shape, context, {})
    parts.push(`SELECT ${columns}, '${removed.wholeChange}' AS ${position.change} FROM (${scan}) AS target`)
  }
  return parts.join(' UNION ALL ')
}

/**
 * Joins the scanned table, named `target`, with a relation of positions and keeps the rows at these positions. DuckDB estimates a thousand
 * rows for a file. With an inner join it would therefore hash the table and stream the positions, which costs four times as much.
 */
export function joinAtPositions(relation: string, name: string, further = ''): string {
  const on = `${name}.${position.file} = target.${position.file} AND ${name}.${position.row} = target.${position.row}${further}`
  return `LEFT JOIN ${relation} AS ${name} ON ${on} WHERE ${name}.${position.row} IS NOT NULL`
}

/** A key has the row's number in its lower 40 bits and the file's index above them. */
const positionKey = `${position.file} * ${2 ** 40} + ${position.row}`

/**
 * A condition that keeps the rows of the scanned table at other positions. `NOT IN` hashes the positions. An ANTI JOIN might hash the
 * table.
 */
export function notAtPositions(relation: string): string {
  return `${positionKey} NOT IN (SELECT ${positionKey} FROM ${relation})`
}
