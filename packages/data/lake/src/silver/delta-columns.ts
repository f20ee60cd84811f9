import type { Columns, ColumnType } from '@sluice/author'
import { definitionErrors, unreachable } from '@sluice/core'
import type { Column, DeltaType } from '@sluice/delta'

/** Columns the platform adds to every table it writes; a model must not declare them. */
export const batchColumn = '_batch'

function deltaType(type: ColumnType): DeltaType {
  switch (type.kind) {
    case 'text':
    case 'json':
      return 'string'
    case 'integer':
      return 'integer'
    case 'bigint':
      return 'long'
    case 'double':
      return 'double'
    case 'boolean':
      return 'boolean'
    case 'date':
      return 'date'
    case 'timestamp':
      return 'timestamp'
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    default:
      return unreachable(type)
  }
}

/**
 * The table's columns in the order declared, `_batch` last. All are nullable to Delta: NOT NULL is held by quarantine, and so a table can
 * gain columns. @throws `definition.invalid` for a column that takes the platform's name.
 */
export function deltaColumns(columns: Columns): readonly Column[] {
  const taken = Object.keys(columns).find((name) => name.toLowerCase() === batchColumn)
  if (taken !== undefined) {
    throw definitionErrors.invalid(`the column "${taken}" has a name the platform uses`, {
      facts: { column: taken },
      next: 'Name the column otherwise; _batch holds the batch that wrote the row.',
    })
  }
  return [
    ...Object.entries(columns).map(([name, { type, comment }]) => ({
      name,
      type: deltaType(type),
      ...(comment === undefined ? {} : { metadata: { comment } }),
    })),
    { name: batchColumn, type: 'string' as const },
  ]
}
