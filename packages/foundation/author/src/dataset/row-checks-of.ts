import { frozen } from '../base/frozen.ts'
import type { AnyDataset } from './any-dataset.ts'
import type { RowCheck } from './row-checks.ts'

/**
 * All checks of its rows: what the columns and the key say, then those declared. Not-null stands on the columns, where each writer reads
 * it.
 */
export function rowChecksOf({ columns, key, facts }: Pick<AnyDataset, 'columns' | 'key' | 'facts'>): readonly RowCheck[] {
  const listed = Object.entries(columns).flatMap(([column, { oneOf }]): readonly RowCheck[] =>
    oneOf === undefined ? [] : [{ kind: 'accepted', column, values: oneOf }],
  )
  const missing = key.filter((column) => columns[column]?.notNull === false)
  return frozen([
    ...(missing.length === 0 ? [] : [{ kind: 'not_null', columns: missing } as const]),
    ...listed,
    ...facts.checks,
    ...(key.length === 0 ? [] : [{ kind: 'unique', columns: key } as const]),
  ])
}
