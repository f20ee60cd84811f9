import { randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { rowChecks, violation } from '../constraints/row-checks.ts'
import { DeltaError } from '../errors.ts'
import { encodePath } from '../log/uri.ts'
import type { AddFile } from '../protocol/actions.ts'
import { mappingMode, physicalName } from '../schema/mapping.ts'
import { inTurns } from '../store/in-turns.ts'
import type { LogStore } from '../store/store.ts'
import { type CopyRequest, copies, type Written } from './copies.ts'
import { physicalPartitionColumns } from './file-layout.ts'
import { mayBeOpen } from './open-files.ts'
import { checkPartitionValue } from './partition.ts'
import { pathKey, writeStats } from './stats.ts'

export interface DataFilesRequest extends CopyRequest {
  readonly statsFor?: string
  readonly nowMs: number
}

export interface DataFiles {
  readonly files: readonly AddFile[]
  readonly rows: number
  readonly bytes: number
}

/**
 * Writes all files of a commit, with statistics that the COPY itself returns, so that no footer is read again. The files are durable on
 * return. Readers see them only when a commit names them. Empty files are deleted at once. A failure leaves no files, except those that a
 * failed COPY with partitions had already written: a vacuum deletes them like the files of a crashed writer.
 */
export async function writeDataFiles(
  connection: DuckDBConnection,
  store: LogStore,
  request: DataFilesRequest,
  openFiles = mayBeOpen(),
): Promise<DataFiles> {
  const prefix = `${request.folder === undefined ? 'part' : 'cdc'}-${randomUUID()}`
  const begun: string[] = []
  const files: AddFile[] = []
  let rows = 0
  try {
    if (request.folder !== undefined) await store.makeFolder(request.folder)
    const checks = request.folder === undefined ? await rowChecks(connection, request.schema, request.properties) : []
    try {
      for await (const written of copies(connection, store, request, checks, prefix, openFiles)) {
        begun.push(...written.map(({ path }) => path))
        const filled = written.filter((file) => file.rows > 0)
        for (const { path } of written.filter((file) => file.rows === 0)) await store.delete(path)
        files.push(...filled.map((file) => toAdd(file, request)))
        rows += filled.reduce((sum, file) => sum + file.rows, 0)
        if (filled.length > 0) await store.persist(filled.map(({ path }) => path))
      }
    } catch (cause) {
      throw violation(checks, cause) ?? cause
    }
    return { files, rows, bytes: files.reduce((sum, file) => sum + file.size, 0) }
  } catch (cause) {
    await inTurns(begun, 16, (path) => store.delete(path).catch(() => undefined))
    throw cause
  }
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
