import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { fileLiteral, queryRows, quoteLiteral } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import type { Action } from './actions.ts'
import type { CompleteState } from './replay.ts'
import { checkpointPath, logFolder, versionName } from './segment.ts'

const map = 'MAP(VARCHAR, VARCHAR)'
const checkpointSchema = `{
  txn: 'STRUCT("appId" VARCHAR, "version" BIGINT, "lastUpdated" BIGINT)',
  add: 'STRUCT("path" VARCHAR, "partitionValues" ${map}, "size" BIGINT, "modificationTime" BIGINT, "dataChange" BOOLEAN, "stats" VARCHAR, "tags" ${map})',
  remove: 'STRUCT("path" VARCHAR, "deletionTimestamp" BIGINT, "dataChange" BOOLEAN, "extendedFileMetadata" BOOLEAN, "partitionValues" ${map}, "size" BIGINT)',
  "metaData": 'STRUCT("id" VARCHAR, "name" VARCHAR, "description" VARCHAR, "format" STRUCT("provider" VARCHAR, "options" ${map}), "schemaString" VARCHAR, "partitionColumns" VARCHAR[], "configuration" ${map}, "createdTime" BIGINT)',
  "protocol": 'STRUCT("minReaderVersion" INTEGER, "minWriterVersion" INTEGER, "readerFeatures" VARCHAR[], "writerFeatures" VARCHAR[])'
}`

/**
 * Writes the classic checkpoint of a state and points `_last_checkpoint` at it. The table's actions pass through a file of JSON lines, so
 * memory stays flat. Tombstones stay until the retention ends, else another engine's VACUUM would delete files too late.
 */
export async function writeCheckpoint(connection: DuckDBConnection, store: LogStore, state: CompleteState, nowMs: number): Promise<void> {
  const keepAfterMs = nowMs - retentionMs(state.metadata.configuration['delta.deletedFileRetentionDuration'])
  const actions: Action[] = [
    { protocol: state.protocol },
    { metaData: state.metadata },
    ...[...state.transactions.values()].map((txn) => ({ txn })),
    ...[...state.files.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ...[...state.tombstones.values()]
      .filter((r) => (r.deletionTimestamp ?? 0) > keepAfterMs)
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ]
  const id = randomUUID()
  const lines = `${logFolder}/.${versionName(state.version)}.checkpoint.${id}.ndjson.tmp`
  const parquet = `${logFolder}/.${versionName(state.version)}.checkpoint.${id}.parquet.tmp`
  try {
    await store.put(lines, `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`)
    const source = `read_json(${fileLiteral(join(store.root, lines))}, format='newline_delimited', columns=${checkpointSchema}, maximum_object_size=268435456)`
    await queryRows(
      connection,
      `COPY (SELECT * FROM ${source}) TO ${quoteLiteral(join(store.root, parquet))} (FORMAT parquet, COMPRESSION snappy)`,
    )
    if (!(await store.adopt(parquet, checkpointPath(state.version)))) return
  } finally {
    await store.delete(lines)
    await store.delete(parquet)
  }
  const size = await store.stat(checkpointPath(state.version))
  await store.put(
    `${logFolder}/_last_checkpoint`,
    JSON.stringify({ version: state.version, size: actions.length, sizeInBytes: size?.size ?? 0, numOfAddFiles: state.files.size }),
  )
  // Hadoop's checksum of the file just replaced would make Spark reject it.
  await store.delete(`${logFolder}/._last_checkpoint.crc`)
}

const unitsMs: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/** `interval 7 days`; what cannot be read keeps everything. */
function retentionMs(text = 'interval 1 week'): number {
  const match = /^\s*(?:interval\s+)?(\d+)\s+([a-z]+?)s?\s*$/i.exec(text)
  const unit = unitsMs[match?.[2]?.toLowerCase() ?? '']
  return match === null || unit === undefined ? Number.POSITIVE_INFINITY : Number(match[1]) * unit
}
