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
  /** Under the root, instead of the root itself: change data files live apart. */
  readonly folder?: string
  /** Set when all rows are of one partition: where its files go. */
  readonly into?: OnePartition
}

export interface OnePartition {
  /** Relative to the root, with `/`; empty for the root itself. */
  readonly folder: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Past it a further file starts, and then rows keep their order between files, but not row groups within one; left out: one file, in order. */
  readonly maxBytes?: number
}

export interface DataFiles {
  readonly files: readonly AddFile[]
  readonly rows: number
  readonly bytes: number
}

/**
 * One COPY writes all files of a commit (about one a partition; unpartitioned, a further one past `delta.targetFileSize`) and returns the
 * statistics, so that no footer is read again. The files are durable on return and nobody sees them before a commit names them. Empty files
 * are deleted at once. On a failure nothing is left, except that what a partitioned COPY had written already is swept like the files of a
 * crash.
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

/** Past it an unpartitioned write starts a further file. */
const targetFileSize = 128 * 2 ** 20

/** `PARTITION_BY` neither keeps the order of rows nor rotates files, so the rows of one partition have a COPY of their own. */
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
 * Past its open files DuckDB closes some, and rows that come later for their partitions go to further files: then the rows have to be sorted,
 * which costs a fifth to a half of the COPY. Reads the partition columns alone.
 */
async function exceeds(connection: DuckDBConnection, source: string, by: string, openFiles: number): Promise<boolean> {
  const [row] = await queryRows(
    connection,
    `SELECT count(*) AS partitions FROM (SELECT DISTINCT ${by} FROM (${source}) LIMIT ${openFiles + 1})`,
  )
  return Number(row?.partitions) > openFiles
}

/** Partition values too long for a folder name: one COPY a partition into folders named by a hash, which the protocol allows. */
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
  // Asked once: a query with chance or a bare LIMIT in it gives other rows each time.
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
      // One partition's values come from the log, in whatever form their writer gave them.
      if (into === undefined) checkPartitionValue(field, file.partitionValues[name] ?? null)
    } else if (!field.nullable && (file.statistics.get(pathKey([name]))?.nullCount ?? 0) > 0) {
      throw new DeltaError(
        'rows.invalid',
        `The column ${field.name} is required and holds NULL.`,
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
