import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'

/** The type in DuckDB's SQL, which is also what `delta` turns into the Delta schema. */
export function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
    case 'json':
      return 'VARCHAR'
    case 'integer':
      return 'INTEGER'
    case 'bigint':
      return 'BIGINT'
    case 'double':
      return 'DOUBLE'
    case 'boolean':
      return 'BOOLEAN'
    case 'date':
      return 'DATE'
    case 'timestamp':
      return 'TIMESTAMPTZ'
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    default:
      return unreachable(type)
  }
}

/** The same as DuckDB tells it of a column. */
export const describedType = (type: ColumnType): string => (type.kind === 'timestamp' ? 'TIMESTAMP WITH TIME ZONE' : duckdbType(type))
