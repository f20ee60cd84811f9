import type { TableContext } from '../context.ts'
import { statsOf } from '../files/stats.ts'
import type { AddFile } from '../protocol/actions.ts'
import type { TableShape } from '../read/prune.ts'
import { positionColumns } from '../read/scan.ts'
import { scanOf } from '../read/snapshot.ts'
import type { Scratch } from '../scratch.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import type { Candidates, Selection } from './selection.ts'

/** Columns of the relations that a change works with; a scan refuses a table that has such columns itself. */
export const place = {
  file: quoteIdentifier(positionColumns.file),
  row: quoteIdentifier(positionColumns.row),
  /** `_change_type` of the change data feed for the row as it was. */
  change: '"$change"',
} as const

/** Rows that leave their place: deleted, or updated and written anew. */
export interface Places {
  /** The files that were searched. */
  readonly files: readonly AddFile[]
  /** A relation of `place.file` (an index into `files`), `place.row`, `place.change`; each row once. */
  readonly rows: string
  /** Files all of whose rows go, of which `rows` says nothing. */
  readonly whole: readonly AddFile[]
  /** `place.change` of the rows of the whole files. */
  readonly wholeChange: 'delete' | 'update_preimage'
  /** The files that `rows` names. */
  readonly touched: readonly Touched[]
}

/** One searched file that holds rows that go. */
export interface Touched {
  readonly index: number
  readonly file: AddFile
  readonly rows: number
  /** No row stays, as far as the statistics tell. */
  readonly emptied: boolean
}

export async function touchedFiles({ connection }: TableContext, files: readonly AddFile[], rows: string): Promise<readonly Touched[]> {
  if (files.length === 0) return []
  const counts = await queryRows(connection, `SELECT ${place.file} AS i, count(*) AS n FROM ${rows} GROUP BY 1 ORDER BY 1`)
  return counts.flatMap((count) => {
    const [index, gone] = [Number(count.i), Number(count.n)]
    const file = files[index]
    return file === undefined ? [] : [{ index, file, rows: gone, emptied: liveRows(file) === gone }]
  })
}

/** Rows of a file that are in the table, `undefined` when its statistics do not tell. */
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

/** A SELECT of some of the searched files, all columns and the place of each row. */
export async function placedScan(
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
  return `SELECT * REPLACE (list_extract([${indices}]::BIGINT[], ${place.file} + 1) AS ${place.file}) FROM (${scan})`
}

const noRows = `(SELECT 0 AS ${place.file}, 0 AS ${place.row}, '' AS ${place.change} WHERE false)`

/** Finds the selected rows, reading only the files that statistics leave in doubt. */
export async function placesOf(
  context: TableContext,
  scratch: Scratch,
  shape: TableShape,
  { sql }: Selection,
  { whole, maybe }: Candidates,
  change: Places['wholeChange'],
): Promise<Places> {
  if (maybe.length === 0) return { files: maybe, rows: noRows, whole, wholeChange: change, touched: [] }
  const scan = await placedScan(
    context,
    shape,
    maybe.map((file, index) => ({ file, index })),
  )
  const rows = await scratch.keep(
    `SELECT ${place.file}, ${place.row}, '${change}' AS ${place.change} FROM (${scan}) AS target WHERE ${sql}`,
  )
  return { files: maybe, rows, whole, wholeChange: change, touched: await touchedFiles(context, maybe, rows) }
}

/** A SELECT of the rows that go as they are in the table, all columns and `place.change`. */
export async function rowsThatGo(context: TableContext, shape: TableShape, places: Places): Promise<string> {
  const { touched } = places
  const parts: string[] = []
  const columns = shape.schema.fields.map(({ name }) => `target.${quoteIdentifier(name)}`).join(', ')
  if (touched.length > 0) {
    const scan = await placedScan(context, shape, touched)
    parts.push(`SELECT ${columns}, gone.${place.change} FROM (${scan}) AS target ${atPlaces(places.rows, 'gone')}`)
  }
  if (places.whole.length > 0 || parts.length === 0) {
    const scan = await scanOf(places.whole, shape, context, {})
    parts.push(`SELECT ${columns}, '${places.wholeChange}' AS ${place.change} FROM (${scan}) AS target`)
  }
  return parts.join(' UNION ALL ')
}

/**
 * Keeps the rows of the scanned table, named `target`, that lie at some places, and joins them with a relation of these. DuckDB takes a file for
 * a thousand rows; an inner join would therefore hash the table and stream the places, which costs four times as much.
 */
export function atPlaces(relation: string, name: string, further = ''): string {
  const on = `${name}.${place.file} = target.${place.file} AND ${name}.${place.row} = target.${place.row}${further}`
  return `LEFT JOIN ${relation} AS ${name} ON ${on} WHERE ${name}.${place.row} IS NOT NULL`
}

/** A row's number takes the lower 40 bits of its key, its file's index the ones above. */
const placeKey = `${place.file} * ${2 ** 40} + ${place.row}`

/** Condition that keeps the rows of the scanned table that lie at none of the places; `NOT IN` hashes these, an ANTI JOIN may hash the table. */
export function notAtPlaces(relation: string): string {
  return `${placeKey} NOT IN (SELECT ${placeKey} FROM ${relation})`
}
