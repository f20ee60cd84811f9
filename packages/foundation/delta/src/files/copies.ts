import { createHash, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join, posix, relative, sep } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { RowCheck } from '../constraints/row-checks.ts'
import { DeltaError } from '../errors.ts'
import { byteSize } from '../protocol/property-values.ts'
import { scratchOn } from '../scratch.ts'
import { queryRows, quoteIdentifier, quoteLiteral } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import { type FileLayout, type LayoutRequest, layoutOf } from './file-layout.ts'
import { withOpenFiles } from './open-files.ts'
import { type FileStatistics, readStatistics } from './stats.ts'

export interface CopyRequest extends LayoutRequest {
  /** A folder under the root for the files; the root itself by default. Change data files have a folder of their own. */
  readonly folder?: string
  /** Set when all rows belong to one partition: where its files are written. */
  readonly into?: OnePartition
}

export interface OnePartition {
  /** Relative to the root, with `/`; empty for the root itself. */
  readonly folder: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  /**
   * The size at which a new file starts. The rows then keep their order from file to file, but not between the row groups of one file.
   * Without it all rows go to one file, in order.
   */
  readonly maxBytes?: number
}

export interface Written {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly rows: number
  readonly size: number
  readonly statistics: FileStatistics
  readonly partitionValues: Readonly<Record<string, string | null>>
}

/**
 * Writes the rows and yields the files of one COPY after the other. About one file for each partition; an unpartitioned table gets a new
 * file at each `delta.targetFileSize`.
 */
export async function* copies(
  connection: DuckDBConnection,
  store: LogStore,
  request: CopyRequest,
  checks: readonly RowCheck[],
  prefix: string,
  openFiles: number,
): AsyncGenerator<Written[]> {
  const layout = layoutOf(request, checks)
  const { source, partitionColumns } = layout
  const folder = request.folder ?? ''
  if (request.into !== undefined) {
    yield await copyInto(connection, store, layout, request.into, prefix)
    return
  }
  if (partitionColumns.length === 0) {
    const maxBytes = byteSize(request.properties, 'delta.targetFileSize', targetFileSize)
    yield await copyInto(connection, store, layout, { folder, partitionValues: {}, maxBytes }, prefix)
    return
  }
  const atOnce = Math.min(openFiles, mostAtOnce)
  const by = partitionColumns.map(quoteIdentifier).join(', ')
  const copy = (from: string) => copyPartitions(connection, store, folder, { ...layout, source: from }, prefix, openFiles)
  if (!(await exceeds(connection, source, by, atOnce))) {
    yield await copy(source)
    return
  }
  await using scratch = scratchOn(connection)
  const rows = await scratch.keep(`SELECT *, row_number() OVER () AS ${number} FROM (${source} ORDER BY ${by})`)
  for (const { from, to } of await slicesOf(connection, rows, by, Math.min(atOnce, partitionsInSlice)))
    yield await copy(`SELECT * EXCLUDE (${number}) FROM ${rows} WHERE ${number} BETWEEN ${from} AND ${to}`)
}

/**
 * Up to this many partitions one COPY writes at once. It holds a writer and a buffer for each of them: 2,000 partitions of 18 columns take
 * 600 MB, 100,000 do not end. Above its limit of open files DuckDB also closes files and begins further ones for later rows.
 */
const mostAtOnce = 500

/** For more partitions the rows are sorted into a temporary table, and one COPY writes this many: 1.4 ms a file, in constant memory. */
const partitionsInSlice = 100

/** The number of a row in the order of the partitions. A table may have a column `rowid` of its own. */
const number = quoteIdentifier('$delta_number')

interface Slice {
  readonly from: bigint
  readonly to: bigint
}

/** The rows of a sorted table in slices of whole partitions. */
async function slicesOf(connection: DuckDBConnection, rows: string, by: string, partitions: number): Promise<Slice[]> {
  const slices = await queryRows(
    connection,
    `SELECT min(first) AS "from", max(last) AS "to", sum(n) AS n FROM (
       SELECT min(${number}) AS first, max(${number}) AS last, count(*) AS n, (row_number() OVER (ORDER BY min(${number})) - 1) // ${partitions} AS slice
       FROM ${rows} GROUP BY ${by}
     ) GROUP BY slice ORDER BY slice`,
  )
  return slices.map((slice) => {
    const [from, to] = [BigInt(String(slice.from)), BigInt(String(slice.to))]
    if (to - from + 1n !== BigInt(String(slice.n))) throw new Error(`The rows of a sorted table are not in its order: ${by}.`)
    return { from, to }
  })
}

async function copyPartitions(
  connection: DuckDBConnection,
  store: LogStore,
  folder: string,
  layout: FileLayout,
  prefix: string,
  openFiles: number,
): Promise<Written[]> {
  const by = layout.partitionColumns.map(quoteIdentifier).join(', ')
  const options = `${layout.format}, PARTITION_BY (${by}), APPEND, FILENAME_PATTERN ${quoteLiteral(`${prefix}-{uuid}`)}`
  const statement = `COPY (${layout.source}) TO ${quoteLiteral(join(store.root, folder))} (${options})`
  try {
    return toWritten(await withOpenFiles(connection, openFiles, () => queryRows(connection, statement)), store)
  } catch (cause) {
    if (!(cause instanceof DeltaError) || !/name too long/i.test(cause.message)) throw cause
    return await copyEachPartition(connection, store, folder, layout, prefix)
  }
}

/** An unpartitioned write starts a new file at this size. */
const targetFileSize = 128 * 2 ** 20

/**
 * Writes the rows of one partition by a COPY of their own, because `PARTITION_BY` does not keep the order of rows and does not start new
 * files by size.
 */
async function copyInto(
  connection: DuckDBConnection,
  store: LogStore,
  { dataSource, format }: FileLayout,
  { folder, partitionValues, maxBytes }: OnePartition,
  prefix: string,
): Promise<Written[]> {
  const one = posix.join(folder, `${prefix}.parquet`)
  const target = maxBytes === undefined ? one : folder
  const rotation =
    maxBytes === undefined ? '' : `, FILE_SIZE_BYTES ${BigInt(maxBytes)}, APPEND, FILENAME_PATTERN ${quoteLiteral(`${prefix}-{uuid}`)}`
  if (folder !== '') await store.makeFolder(folder)
  const statement = `COPY (${dataSource}) TO ${quoteLiteral(join(store.root, target))} (${format}${rotation})`
  try {
    return toWritten(await queryRows(connection, statement), store).map((file) => ({ ...file, partitionValues }))
  } catch (cause) {
    const begun = (await readdir(join(store.root, folder)).catch(() => [])).filter((name) => name.startsWith(prefix))
    await Promise.all(begun.map((name) => store.delete(posix.join(folder, name)).catch(() => undefined)))
    throw cause
  }
}

/** Has the query more partitions? Reads only the partition columns. */
async function exceeds(connection: DuckDBConnection, source: string, by: string, openFiles: number): Promise<boolean> {
  const [row] = await queryRows(
    connection,
    `SELECT count(*) AS partitions FROM (SELECT DISTINCT ${by} FROM (${source}) LIMIT ${openFiles + 1})`,
  )
  return Number(row?.partitions) > openFiles
}

/**
 * For partition values that are too long for a folder name: one COPY for each partition, into a folder named by a hash. The protocol allows
 * it.
 */
async function copyEachPartition(
  connection: DuckDBConnection,
  store: LogStore,
  above: string,
  { partitionColumns, source, format }: FileLayout,
  prefix: string,
): Promise<Written[]> {
  const by = partitionColumns.map(quoteIdentifier).join(', ')
  const written: Written[] = []
  await using scratch = scratchOn(connection)
  // The query runs once: with a random function or a bare LIMIT it would give other rows each time.
  const rows = await scratch.keep(source)
  for (const values of await queryRows(
    connection,
    `SELECT DISTINCT ${partitionColumns.map((name) => `CAST(${quoteIdentifier(name)} AS VARCHAR) AS ${quoteIdentifier(name)}`).join(', ')} FROM ${rows}`,
  )) {
    const partitionValues = Object.fromEntries(partitionColumns.map((name) => [name, values[name] === null ? null : String(values[name])]))
    const folder = posix.join(above, `p-${createHash('sha256').update(JSON.stringify(partitionValues)).digest('hex').slice(0, 16)}`)
    const path = `${folder}/${prefix}-${randomUUID()}.parquet`
    await store.makeFolder(folder)
    const where = partitionColumns.map(
      (name) =>
        `CAST(${quoteIdentifier(name)} AS VARCHAR) IS NOT DISTINCT FROM ${partitionValues[name] === null ? 'NULL' : quoteLiteral(partitionValues[name] ?? '')}`,
    )
    const sql = `COPY (SELECT * EXCLUDE (${by}) FROM ${rows} WHERE ${where.join(' AND ')}) TO ${quoteLiteral(join(store.root, path))} (${format})`
    written.push(...toWritten(await queryRows(connection, sql), store).map((file) => ({ ...file, partitionValues })))
  }
  return written
}

function toWritten(rows: readonly Record<string, unknown>[], store: LogStore): Written[] {
  return rows.map((row) => ({
    path: relative(store.root, String(row.filename)).split(sep).join('/'),
    rows: Number(row.count),
    size: Number(row.file_size_bytes),
    statistics: readStatistics(row.column_statistics),
    partitionValues: Object.fromEntries(
      ((row.partition_keys ?? []) as { key: string; value: string | null }[]).map(({ key, value }) => [key, value]),
    ),
  }))
}
