import type { RowCheck } from '@sluice/author'

/** What the columns of a dataset say as checks: `notNull` and `oneOf`. */
export const notNull = (...columns: readonly string[]): RowCheck => ({ kind: 'not_null', columns })
export const accepted = (column: string, values: readonly string[]): RowCheck => ({ kind: 'accepted', column, values })
