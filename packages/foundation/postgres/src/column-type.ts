import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'

/** The type in PostgreSQL's DDL, spelled as `format_type` spells it, so that drift checks compare text. */
export function postgresType(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return type.max === undefined ? 'text' : `character varying(${type.max})`
    case 'json':
      return 'jsonb'
    case 'integer':
      return 'integer'
    case 'bigint':
      return 'bigint'
    case 'double':
      return 'double precision'
    case 'boolean':
      return 'boolean'
    case 'date':
      return 'date'
    case 'timestamp':
      return 'timestamp with time zone'
    case 'decimal':
      return `numeric(${type.precision},${type.scale})`
    default:
      return unreachable(type)
  }
}
