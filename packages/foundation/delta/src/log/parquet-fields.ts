import type { DuckDBConnection } from '@duckdb/node-api'
import { queryRows } from '../sql.ts'

/** The names of the fields of each top-level struct of a checkpoint. */
export type Columns = ReadonlyMap<string, ReadonlySet<string>>

interface Node {
  readonly name: string
  readonly children: number
}

/** The columns that at least one of the files has: they differ between writers. Parquet stores them as a depth-first list in each file. */
export async function checkpointColumns(connection: DuckDBConnection, files: readonly string[]): Promise<Columns> {
  const rows = await queryRows(
    connection,
    `SELECT file_name, name, coalesce(num_children, 0)::INTEGER AS children FROM parquet_schema([${files.join(', ')}])`,
  )
  const nodes = Map.groupBy(rows, (row) => String(row.file_name))
  const columns = new Map<string, Set<string>>()
  for (const list of nodes.values()) {
    collect(
      list.map((row) => ({ name: String(row.name), children: Number(row.children) })),
      columns,
    )
  }
  return columns
}

function collect(nodes: readonly Node[], columns: Map<string, Set<string>>): void {
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
    const fields = columns.get(column.name) ?? new Set<string>()
    for (let i = 0; i < column.children; i++) {
      fields.add(nodes[at]?.name ?? '')
      skip()
    }
    columns.set(column.name, fields)
  }
}
