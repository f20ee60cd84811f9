import type { CheckFigures, Reading, Sql } from '@sluice/author'
import { definitionErrors, formatInstant, type Json, parseInstant, type Store } from '@sluice/core'
import { type DuckConnection, duckdbErrors, interruptible } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import type { Warehouse } from '@sluice/warehouse'

/** Who asks, and where. */
export interface Asking {
  /** Of the check. */
  readonly name: string
  readonly store: Store
  readonly reading: Reading
  readonly lake: () => Promise<Lake>
  readonly warehouse: () => Promise<Pick<Warehouse, 'answer'>>
  readonly signal?: AbortSignal
  /** Two unless given: enough to see that there are more rows than one. */
  readonly limit?: number
}

export interface RowAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly Json[])[]
}

/** Rows of a statement of few rows. @throws `definition.invalid` for SQL that does not run */
export async function askRow({ name, store, reading, lake, warehouse, signal, limit = 2 }: Asking, sql: Sql): Promise<RowAnswer> {
  if (store === 'warehouse') return await (await warehouse()).answer(sql, reading, { limit, ...(signal === undefined ? {} : { signal }) })
  const opened = await lake()
  const connection = await opened.connect()
  try {
    return await interruptible(connection, signal, async () => {
      const { select } = await opened.render(connection, sql, reading)
      return await answerOf(connection, { name, select, limit })
    })
  } finally {
    connection.close()
  }
}

async function answerOf(
  connection: DuckConnection,
  { name, select, limit }: { readonly name: string; readonly select: string; readonly limit: number },
): Promise<RowAnswer> {
  try {
    const columns = await connection.columns(select)
    const rows = await connection.rows(`SELECT * FROM (${select}\n) LIMIT ${limit}`)
    return { columns, rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)) }
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    throw definitionErrors.invalid(`check ${name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, check: name },
      next: 'Correct the SQL of the rule: DuckDB names the place.',
    })
  }
}

export type Figure = CheckFigures[string]

/** Instants as text, whichever store gave them, and lists and objects as JSON: a figure is one value. */
export function shown(value: Json, type: string): Figure {
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  if (typeof value === 'number' && /^timestamp/i.test(type)) return formatInstant(value)
  const at = typeof value === 'string' && /^timestamp/i.test(type) ? parseInstant(value) : undefined
  return at === undefined ? value : formatInstant(at)
}
