import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { DeltaError } from './errors.ts'

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Entries of a `read_parquet` list are globs: a real path escapes `*`, `?` and `[`. */
export function fileLiteral(path: string): string {
  return quoteLiteral(path.replace(/[*?[]/g, (character) => `[${character}]`))
}

/** Column names and rows of a statement; 64 bit integers and decimals are strings, as DuckDB's JSON form has them. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  try {
    return await (await connection.run(sql)).getRowObjectsJson()
  } catch (cause) {
    throw queryFailed(cause, sql)
  }
}

/**
 * The rows of a statement in chunks, for many rows. All of them are there before the first: a result that DuckDB still streams ends early, and
 * without an error, as soon as anything else runs on the connection.
 */
export async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  try {
    const result = await connection.run(sql)
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk
  } catch (cause) {
    throw cause instanceof DeltaError ? cause : queryFailed(cause, sql)
  }
}

/** The columns a query would return, by name and DuckDB type, without running it. */
export async function describe(connection: DuckDBConnection, query: string): Promise<{ name: string; type: string }[]> {
  const rows = await queryRows(connection, `DESCRIBE ${query}`)
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
}

function queryFailed(cause: unknown, sql: string): DeltaError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DeltaError(
    'query.failed',
    message,
    'Read the message: DuckDB names the place in the SQL, whose start is in the facts.',
    { sql: sql.slice(0, 500) },
    cause,
  )
}
