import type { Columns } from '@sluice/author'
import { deltaColumns, type Standing } from '@sluice/lake'
import type { ColumnChange } from './plan.ts'

/** How the columns that are declared differ from those of a table, in Delta's words for their types. */
export function columnChanges(there: Standing['columns'], declared: Columns): readonly ColumnChange[] {
  const known = new Map(there.map((column) => [column.name.toLowerCase(), column]))
  const wanted = deltaColumns(declared).filter(({ name }) => Object.hasOwn(declared, name))
  const names = new Set(wanted.map(({ name }) => name.toLowerCase()))
  return [
    ...wanted.flatMap(({ name: column, type }): ColumnChange[] => {
      const before = known.get(column.toLowerCase())
      const to = typeof type === 'string' ? type : type.type
      if (before === undefined) return [{ column, from: null, to }]
      if (before.name === column && before.type === to) return []
      return [{ column, from: before.name === column ? before.type : `${before.type} (${before.name})`, to }]
    }),
    ...there.flatMap(({ name: column, type: from }): ColumnChange[] =>
      names.has(column.toLowerCase()) ? [] : [{ column, from, to: null }],
    ),
  ]
}
