import { inputErrors } from '@sluice/core'
import { duckdbErrors } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import type { SqlResult } from '@sluice/warehouse'

/** The first rows of a query of the lake, with the types of its columns. Instants are ISO-8601, decimals and integers past 2^53 text. */
export async function queryRows(lake: Lake, text: string, limit: number, signal: AbortSignal): Promise<SqlResult> {
  const connection = await lake.connect()
  const interrupt = (): void => connection.interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    const sql = await lake.compile(connection, text)
    const described = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${sql}`)
    const columns = described.map(({ column_name, column_type }) => ({ name: column_name, type: column_type.toLowerCase() }))
    const rows = (await connection.rows(`SELECT * FROM (${sql}) LIMIT ${limit + 1}`)).map((row) =>
      columns.map(({ name }) => row[name] ?? null),
    )
    return { columns, rows: rows.slice(0, limit), truncated: rows.length > limit }
  } catch (thrown) {
    throw faultOfQuery(thrown)
  } finally {
    signal.removeEventListener('abort', interrupt)
    connection.close()
  }
}

/** What DuckDB says of the query, without its place in the text that was made of it. */
function faultOfQuery(thrown: unknown): unknown {
  if (!duckdbErrors.failed.is(thrown)) return thrown
  return inputErrors.invalid(thrown.message.split(/\n+LINE \d/)[0] ?? thrown.message, {
    cause: thrown,
    next: 'Correct the query; DESCRIBE silver.NAME shows the columns of a table.',
  })
}
