import type { DuckDBResult, DuckDBConnection as NativeConnection } from '@duckdb/node-api'
import { duckdbErrors } from './errors.ts'
import { failureOf } from './failure.ts'
import { type JsonValue, type Parameters, toJson } from './values.ts'

export type Row = Record<string, JsonValue>

export interface DuckColumn {
  readonly name: string
  /** As DuckDB spells it. */
  readonly type: string
}

/**
 * One connection: one statement at a time, its own temporary tables, time zone UTC. While a stream is being read nothing else may run
 * on it (DuckDB would end the stream without a word); take a second connection instead.
 */
export interface DuckConnection {
  /** The node-api connection, for libraries that bring their own SQL (`@sluice/delta`). */
  readonly raw: NativeConnection
  /** Runs a statement for its effect; returns the number of rows it changed. */
  run(sql: string, parameters?: Parameters): Promise<number>
  /** All rows at once: for results known to be small. */
  rows<T extends Row = Row>(sql: string, parameters?: Parameters): Promise<T[]>
  /** First column of the first row, `null` when there is none. */
  value<T extends JsonValue = JsonValue>(sql: string, parameters?: Parameters): Promise<T | null>
  /** The columns that a query gives, without running it. */
  columns(query: string): Promise<readonly DuckColumn[]>
  /** Rows chunk by chunk (at most 2,048 each); memory stays bounded whatever the size of the result. */
  stream<T extends Row = Row>(sql: string, parameters?: Parameters): AsyncGenerator<T[], void, undefined>
  /** Ends the statement that is running, which then fails with `duckdb.failed` and a message that starts with `INTERRUPT`. */
  interrupt(): void
  close(): void
}

export function wrapConnection(raw: NativeConnection): DuckConnection {
  let streaming = false
  let closed = false

  async function execute<T>(sql: string, work: () => Promise<T>): Promise<T> {
    if (closed) throw duckdbErrors.failed('The connection is closed.', { next: 'Open another with connect().' })
    if (streaming) {
      throw duckdbErrors.failed('A stream is still open on this connection.', {
        facts: { sql: sql.slice(0, 200) },
        next: 'Read the stream to its end (or break out of its loop), or use a second connection.',
      })
    }
    try {
      return await work()
    } catch (cause) {
      throw failureOf(cause, sql)
    }
  }

  async function rows<T extends Row>(sql: string, parameters?: Parameters): Promise<T[]> {
    return await execute(sql, async () => {
      const result = await raw.run(sql, bindable(parameters))
      return (await result.convertRowObjects(toJson)) as T[]
    })
  }

  return {
    raw,
    rows,
    run: (sql, parameters) => execute(sql, async () => (await raw.run(sql, bindable(parameters))).rowsChanged),
    async value<T extends JsonValue>(sql: string, parameters?: Parameters) {
      const [first] = await rows(sql, parameters)
      return ((first === undefined ? undefined : Object.values(first)[0]) ?? null) as T | null
    },
    async columns(query: string) {
      const described = await rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`)
      return described.map(({ column_name: name, column_type: type }) => ({ name, type }))
    },
    async *stream<T extends Row>(sql: string, parameters?: Parameters) {
      const result: DuckDBResult = await execute(sql, () => raw.stream(sql, bindable(parameters)))
      streaming = true
      try {
        for await (const chunk of result.yieldConvertedRowObjects(toJson)) yield chunk as T[]
      } catch (cause) {
        throw failureOf(cause, sql)
      } finally {
        streaming = false
      }
    },
    interrupt: () => raw.interrupt(),
    close() {
      if (closed) return
      closed = true
      raw.closeSync()
    },
  }
}

function bindable(parameters: Parameters | undefined) {
  if (parameters === undefined) return undefined
  return isList(parameters) ? [...parameters] : { ...parameters }
}

function isList(parameters: Parameters): parameters is Extract<Parameters, readonly unknown[]> {
  return Array.isArray(parameters)
}
