import { createHash, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join, posix, relative, sep } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type RowCheck, rowChecks, violation } from '../constraints/row-checks.ts'
import { DeltaError } from '../errors.ts'
import { encodePath } from '../log/uri.ts'
import type { AddFile } from '../protocol/actions.ts'
import { byteSize } from '../protocol/property-values.ts'
import { mappingMode, physicalName } from '../schema/mapping.ts'
import { scratchOn } from '../scratch.ts'
import { queryRows, quoteIdentifier, quoteLiteral } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import { type FileLayout, type LayoutRequest, layoutOf, physicalPartitionColumns } from './file-layout.ts'
import { mayBeOpen, withOpenFiles } from './open-files.ts'
import { checkPartitionValue } from './partition.ts'
import { type FileStatistics, pathKey, readStatistics, writeStats } from './stats.ts'

export interface DataFilesRequest extends LayoutRequest {
  readonly statsFor?: string
  readonly nowMs: number
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

export interface DataFiles {
  readonly files: readonly AddFile[]
  readonly rows: number
  readonly bytes: number
}

/**
 * Writes all files of a commit by one COPY, about one file for each partition. An unpartitioned table gets a new file at each
 * `delta.targetFileSize`. The COPY also returns the statistics, so that no footer is read again. The files are durable on return. Readers
 * see them only when a commit names them. Empty files are deleted at once. A failure leaves no files, except those that a partitioned COPY
 * had already written: a vacuum deletes them like the files of a crashed writer.
 */
export async function writeDataFiles(
  connection: DuckDBConnection,
  store: LogStore,
  request: DataFilesRequest,
  openFiles = mayBeOpen(),
): Promise<DataFiles> {
  const prefix = `${request.folder === undefined ? 'part' : 'cdc'}-${randomUUID()}`
  let written: Written[] = []
  try {
    if (request.folder !== undefined) await store.makeFolder(request.folder)
    const checks = request.folder === undefined ? await rowChecks(connection, request.schema, request.properties) : []
    written = await copy(connection, store, request, checks, prefix, openFiles).catch((cause: unknown) => {
      throw violation(checks, cause) ?? cause
    })
    const files: AddFile[] = []
    for (const file of written) {
      if (file.rows === 0) await store.delete(file.path)
      else files.push(toAdd(file, request))
    }
    if (files.length > 0) await store.persist(written.filter((file) => file.rows > 0).map((file) => file.path))
    return { files, rows: written.reduce((sum, file) => sum + file.rows, 0), bytes: files.reduce((sum, file) => sum + file.size, 0) }
  } catch (cause) {
    await Promise.all(written.map((file) => store.delete(file.path).catch(() => undefined)))
    throw cause
  }
}

interface Written {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly rows: number
  readonly size: number
  readonly statistics: FileStatistics
  readonly partitionValues: Readonly<Record<string, string | null>>
}

async function copy(
  connection: DuckDBConnection,
  store: LogStore,
  request: DataFilesRequest,
  checks: readonly RowCheck[],
  prefix: string,
  openFiles: number,
): Promise<Written[]> {
  const layout = layoutOf(request, checks)
  const { source, partitionColumns, format } = layout
  const folder = request.folder ?? ''
  if (request.into !== undefined) return await copyInto(connection, store, layout, request.into, prefix)
  if (partitionColumns.length === 0) {
    const maxBytes = byteSize(request.properties, 'delta.targetFileSize', targetFileSize)
    return await copyInto(connection, store, layout, { folder, partitionValues: {}, maxBytes }, prefix)
  }
  const by = partitionColumns.map(quoteIdentifier).join(', ')
  const sorted = (await exceeds(connection, source, by, openFiles)) ? ` ORDER BY ${by}` : ''
  const options = `${format}, PARTITION_BY (${by}), APPEND, FILENAME_PATTERN ${quoteLiteral(`${prefix}-{uuid}`)}`
  try {
    const statement = `COPY (${source}${sorted}) TO ${quoteLiteral(join(store.root, folder))} (${options})`
    return toWritten(await withOpenFiles(connection, openFiles, () => queryRows(connection, statement)), store)
  } catch (cause) {
    if (!(cause instanceof DeltaError) || !/name too long/i.test(cause.message)) throw cause
    return copyEachPartition(connection, store, folder, layout, prefix)
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

/**
 * Above its limit of open files DuckDB closes some files, and later rows of their partitions go to further files. The rows must then be
 * sorted, which adds a fifth to a half of the COPY's time. Reads only the partition columns.
 */
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

function toAdd(file: Written, { schema, partitionColumns, properties, statsFor, nowMs, into }: DataFilesRequest): AddFile {
  const mode = mappingMode(properties)
  for (const field of schema.fields) {
    const name = physicalName(field, mode)
    if (partitionColumns.includes(field.name)) {
      // The values of one partition come from the log, in the form that their writer chose.
      if (into === undefined) checkPartitionValue(field, file.partitionValues[name] ?? null)
    } else if (!field.nullable && (file.statistics.get(pathKey([name]))?.nullCount ?? 0) > 0) {
      throw new DeltaError(
        'rows.invalid',
        `The required column ${field.name} contains NULL.`,
        'Filter the rows, or make the column nullable.',
        { column: field.name },
      )
    }
  }
  const keys = physicalPartitionColumns(schema, partitionColumns, properties)
  const partitionValues = Object.fromEntries(keys.map((name) => [name, file.partitionValues[name] ?? null]))
  const stats = writeStats(file.rows, file.statistics, {
    schema,
    partitionColumns,
    properties,
    ...(statsFor === undefined ? {} : { always: statsFor }),
  })
  return { path: encodePath(file.path), partitionValues, size: file.size, modificationTime: nowMs, dataChange: true, stats }
}
