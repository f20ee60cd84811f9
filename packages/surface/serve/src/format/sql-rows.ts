import { given } from '@sluice/core'
import { table } from './table.ts'

/** The answer to a query: cells in the order of the columns, types in the words of the engine. */
interface Answered {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Each row by the names of its columns. Of two columns of one name the second becomes `n_2`, so that none is lost. */
export function objectsOf({ columns, rows }: Answered): readonly Readonly<Record<string, unknown>>[] {
  const names = distinct(columns.map(({ name }) => name))
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])))
}

/** The rows as a person reads them. */
export const rowsTable = ({ columns, rows }: Answered): string =>
  table(
    rows,
    columns.map(({ name, type }, at) => ({
      title: name,
      of: (row) => cellText(row[at]),
      ...given({ align: numeric.test(type) ? ('right' as const) : undefined }),
    })),
    'no rows',
  )

/** In the words of DuckDB and of PostgreSQL. */
const numeric = /^(?:u?(?:tinyint|smallint|integer|bigint|hugeint)|decimal|numeric|real|float|double(?: precision)?)(?:\(.*\))?$/

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}_${times}`
  })
}
