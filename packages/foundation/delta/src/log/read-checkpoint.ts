import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { corrupt } from '../errors.ts'
import { fileLiteral, queryRows, quoteIdentifier, quoteLiteral } from '../sql.ts'
import type { Action } from './actions.ts'

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
