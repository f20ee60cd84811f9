import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { DeltaError } from './errors.ts'

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A path for the list of `read_parquet`, which takes globs: `*`, `?` and `[` are escaped. */
export function fileLiteral(path: string): string {
  return quoteLiteral(path.replace(/[*?[]/g, (character) => `[${character}]`))
}

/** The rows of a statement by column name. 64 bit integers and decimals are strings, as in DuckDB's JSON form. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  try {
    return await (await connection.run(sql)).getRowObjectsJson()
  } catch (cause) {
    throw queryFailed(cause, sql)
  }
}

/**
 * The rows of a statement in chunks, for many rows. The result is complete before the first chunk: a result that DuckDB still streams ends
 * early, without an error, when another statement runs on the connection.
 */
export async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  try {
    const result = await connection.run(sql)
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk
  } catch (cause) {
    throw cause instanceof DeltaError ? cause : queryFailed(cause, sql)
  }
}

/**
 * Like `chunksOf`, without a complete result in memory. **Ends early and without an error when another statement runs on the connection**:
 * the caller knows how many rows must come.
 */
export async function* streamOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  const result = await connection.stream(sql)
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk
}

/** The columns that a query would return, by name and DuckDB type. Does not run the query. */
export async function describe(connection: DuckDBConnection, query: string): Promise<{ name: string; type: string }[]> {
  const rows = await queryRows(connection, `DESCRIBE ${query}`)
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
}

/** What the operating system refused to DuckDB: to write, because the disk is full or read-only, or to open at all. */
const refusedByDisk =
  /no space left on device|disk quota exceeded|read-only file system|permission denied|operation not permitted|file too large|too many open files|input\/output error/i

/** What to do about the errors of DuckDB that a caller's rows cause. DuckDB's text says what is wrong, not what helps. */
const remedies: readonly (readonly [start: RegExp, next: string])[] = [
  [
    /^Conversion Error/,
    'A value does not fit the type of its column. Use TRY_CAST in the query, which gives NULL for it, or filter such rows first.',
  ],
  [/^Out of Range Error/, 'A value is too large for its type. Cast to a wider type in the query, or filter such rows first.'],
  [/^Out of Memory Error/, "Raise DuckDB's memory_limit, let it spill by temp_directory, or write fewer rows at once."],
]

function queryFailed(cause: unknown, sql: string): DeltaError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (/^IO Error/.test(message) && refusedByDisk.test(message))
    return new DeltaError(
      'store.failed',
      message,
      'Check the free space and the permissions of the folder, also of the temp_directory of DuckDB, and try again.',
      {},
      cause,
    )
  const lossy = /inexact: (.*)$/m.exec(message)
  if (lossy !== null)
    return new DeltaError(
      'rows.invalid',
      `The column ${lossy[1]}.`,
      'Round or cut the value in the query if that is intended, or give the column a type that holds it.',
      {},
      cause,
    )
  return new DeltaError(
    'query.failed',
    message,
    remedies.find(([start]) => start.test(message))?.[1] ??
      'Read the message of DuckDB, which names the position in the SQL. The facts contain the start of the SQL.',
    { sql: sql.slice(0, 500) },
    cause,
  )
}
