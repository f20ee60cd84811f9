import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Action } from './actions.ts'
import { corrupt } from './errors.ts'
import type { CompleteState } from './replay.ts'
import { checkpointPath, logFolder, versionName } from './segment.ts'
import { fileLiteral, queryRows, quoteIdentifier, quoteLiteral } from './sql.ts'
import type { LogStore } from './store.ts'

/** Per action: the field that is never null in a row that holds it, and the fields that are read. */
const wanted = {
  protocol: ['minReaderVersion', 'minWriterVersion', 'readerFeatures', 'writerFeatures'],
  metaData: ['id', 'name', 'description', 'format', 'schemaString', 'partitionColumns', 'configuration', 'createdTime'],
  txn: ['appId', 'version', 'lastUpdated'],
  add: ['path', 'partitionValues', 'size', 'modificationTime', 'dataChange', 'stats', 'tags', 'deletionVector'],
  remove: ['path', 'deletionTimestamp', 'dataChange', 'extendedFileMetadata', 'partitionValues', 'size', 'deletionVector'],
} as const
const kinds = Object.keys(wanted) as (keyof typeof wanted)[]
/** What some writers leave out in favour of a typed copy. */
const typedCopies: Readonly<Record<string, string>> = { stats: 'stats_parsed', partitionValues: 'partitionValues_parsed' }

/** All actions of a classic or multi-part checkpoint. The columns differ between writers, so they are looked up first. */
export async function readCheckpoint(connection: DuckDBConnection, root: string, parts: readonly string[]): Promise<Action[]> {
  const files = `[${parts.map((part) => fileLiteral(join(root, part))).join(', ')}]`
  const columns = await checkpointColumns(connection, fileLiteral(join(root, parts[0] ?? '')))
  if (!columns.has('add') && !columns.has('metaData')) throw corrupt('The checkpoint has none of the columns of a checkpoint.', { parts })
  const selects = kinds.flatMap((kind) => {
    const present = columns.get(kind)
    if (present === undefined) return []
    const fields = wanted[kind].flatMap((field) => fieldOf(kind, field, present))
    const [required] = wanted[kind]
    return [
      `SELECT ${quoteLiteral(kind)} AS kind, to_json(struct_pack(${fields.join(', ')}))::VARCHAR AS action FROM files WHERE ${quoteIdentifier(kind)}.${quoteIdentifier(required)} IS NOT NULL`,
    ]
  })
  const sql = `WITH files AS (FROM read_parquet(${files}, hive_partitioning=false, union_by_name=true)) ${selects.join(' UNION ALL ')}`
  return (await queryRows(connection, sql)).map(
    (row) => ({ [String(row.kind)]: tidy(JSON.parse(String(row.action)) as Record<string, unknown>) }) as Action,
  )
}

function fieldOf(kind: string, field: string, present: ReadonlySet<string>): string[] {
  const name = quoteIdentifier(field)
  if (present.has(field)) return [`${name} := ${quoteIdentifier(kind)}.${name}`]
  const copy = typedCopies[field]
  if (copy === undefined || !present.has(copy)) return []
  const json = `to_json(${quoteIdentifier(kind)}.${quoteIdentifier(copy)})`
  return [`${name} := ${field === 'stats' ? `${json}::VARCHAR` : json}`]
}

/** Missing optional fields are null in Parquet and absent in our actions; typed partition values become their text. */
function tidy(action: Record<string, unknown>): Record<string, unknown> {
  const present = Object.fromEntries(Object.entries(action).filter(([, value]) => value !== null))
  const values = present.partitionValues
  if (typeof values !== 'object' || values === null) return present
  const texts = Object.entries(values).map(([name, value]: [string, unknown]) => [name, value === null ? null : String(value)])
  return { ...present, partitionValues: Object.fromEntries(texts) }
}

/** Names of the fields of each top-level struct, from the depth-first list that Parquet keeps. */
async function checkpointColumns(connection: DuckDBConnection, file: string): Promise<Map<string, Set<string>>> {
  const nodes = (
    await queryRows(connection, `SELECT name, coalesce(num_children, 0)::INTEGER AS children FROM parquet_schema(${file})`)
  ).map((row) => ({
    name: String(row.name),
    children: Number(row.children),
  }))
  const columns = new Map<string, Set<string>>()
  let at = 1
  const skip = () => {
    const children = nodes[at]?.children ?? 0
    at++
    for (let i = 0; i < children; i++) skip()
  }
  while (at < nodes.length) {
    const column = nodes[at]
    if (column === undefined) break
    at++
    const fields = new Set<string>()
    for (let i = 0; i < column.children; i++) {
      fields.add(nodes[at]?.name ?? '')
      skip()
    }
    columns.set(column.name, fields)
  }
  return columns
}

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
