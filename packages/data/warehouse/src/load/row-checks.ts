import type { RowCheck as Check, ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { postgresType, quoteLiteral } from '@sluice/postgres'
import type { StagedColumn } from './staged-column.ts'

/** A check that looks at one row alone. */
export type RowCheck = Exclude<Check, { readonly kind: 'unique' }>

export const isRowCheck = (check: Check): check is RowCheck => check.kind !== 'unique'

/** SQL over a staged row that is true when it breaks the check, and null or false when it holds or the value is null. */
export function checkSql(check: RowCheck, columns: readonly StagedColumn[]): string {
  const of = (name: string): { readonly staged: string; readonly type: ColumnType } => {
    const found = columns.find((column) => column.name === name)
    return found === undefined ? { staged: 'null', type: { kind: 'text' } } : { staged: found.staged, type: found.column.type }
  }
  switch (check.kind) {
    case 'not_null':
      return check.columns.map((name) => `${of(name).staged} is null`).join(' or ')
    case 'within': {
      const { staged, type } = of(check.column)
      const value = comparable(staged, type)
      const below = check.min === null ? [] : [`${value} < ${comparable(quoteLiteral(check.min), type)}`]
      const above = check.max === null ? [] : [`${value} > ${comparable(quoteLiteral(check.max), type)}`]
      return [...below, ...above].join(' or ') || 'false'
    }
    case 'accepted': {
      const { staged, type } = of(check.column)
      const values = check.values.map((value) => comparable(quoteLiteral(value), type)).join(', ')
      return values === '' ? `${staged} is not null` : `${comparable(staged, type)} not in (${values})`
    }
    default:
      return unreachable(check)
  }
}

/** Numbers are compared as unbounded decimals: a bound may be finer or larger than the column holds, and stays exact. */
function comparable(sql: string, type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return sql
    case 'integer':
    case 'bigint':
    case 'decimal':
      return `${sql}::numeric`
    case 'double':
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'json':
      return `${sql}::${postgresType(type)}`
    default:
      return type satisfies never
  }
}
