import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'

/**
 * Whether every value of a type is one of the other, and its text the canonical one: then there is nothing to judge. JSON never is, since
 * two stores differ on what they take for it.
 */
export function fits(from: ColumnType, to: ColumnType): boolean {
  switch (to.kind) {
    case 'text':
      return from.kind === 'text' && (to.max === undefined || (from.max !== undefined && from.max <= to.max))
    case 'integer':
      return from.kind === 'integer'
    case 'bigint':
      return from.kind === 'integer' || from.kind === 'bigint'
    case 'double':
    case 'boolean':
    case 'date':
      return from.kind === to.kind
    case 'timestamp':
      return from.kind === 'timestamp' || from.kind === 'date'
    case 'decimal':
      return digitsOf(from).whole <= to.precision - to.scale && digitsOf(from).behind <= to.scale
    case 'json':
      return false
    default:
      return unreachable(to)
  }
}

/** Digits before and behind the point that a number of the type may have. */
function digitsOf(type: ColumnType): { readonly whole: number; readonly behind: number } {
  if (type.kind === 'integer') return { whole: 10, behind: 0 }
  if (type.kind === 'bigint') return { whole: 19, behind: 0 }
  if (type.kind === 'decimal') return { whole: type.precision - type.scale, behind: type.scale }
  return { whole: Number.POSITIVE_INFINITY, behind: 0 }
}
