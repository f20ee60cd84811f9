import type { DuckDBConnection } from '@duckdb/node-api'
import { unsupported } from '../errors.ts'
import { columnId, mapFields, physicalName } from '../schema/mapping.ts'
import type { Field } from '../schema/schema.ts'
import { fileLiteral, queryRows } from '../sql.ts'

/**
 * In the `id` mode of column mapping DuckDB finds top-level columns by id, but the fields inside them by name. Throws
 * `protocol.unsupported` when the ids and names of nested fields in the files disagree, because their values would come out as NULL. Reads
 * the footers of the files.
 */
export async function checkNestedIds(connection: DuckDBConnection, paths: readonly string[], fields: readonly Field[]): Promise<void> {
  const nested: Field[] = []
  for (const field of fields) {
    mapFields(field.type, (inner) => {
      nested.push(inner)
      return inner
    })
  }
  if (nested.length === 0 || paths.length === 0) return
  const rows = await queryRows(
    connection,
    `SELECT DISTINCT field_id::BIGINT AS id, name FROM parquet_schema([${paths.map(fileLiteral).join(', ')}]) WHERE field_id IS NOT NULL`,
  )
  for (const field of nested) {
    const [id, name] = [columnId(field, 'id'), physicalName(field, 'id')]
    const own = rows.filter((row) => Number(row.id) === id)
    const renamed = own.some((row) => row.name !== name)
    const taken = own.length === 0 && rows.some((row) => row.name === name)
    if (renamed || taken) throw unsupported('columnMapping', `in mode id, the files give the field ${field.name} another name`)
  }
}
