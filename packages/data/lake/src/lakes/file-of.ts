import { PassThrough } from 'node:stream'
import type { DuckConnection } from '@sluice/duckdb'
import type { FileFormat } from '../file-format.ts'
import { streamRows } from '../read/stream-rows.ts'

/**
 * The rows of a query as a file. The query is compiled before the first byte is promised, so that an unknown name is an error and not a
 * broken file. The connection is closed with the stream.
 */
export async function fileOf(
  connection: DuckConnection,
  format: FileFormat,
  signal: AbortSignal,
  sqlFor: (connection: DuckConnection) => Promise<string>,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const sql = await sqlFor(connection)
    const out = new PassThrough({ signal })
    const interrupt = (): void => connection.interrupt()
    signal.addEventListener('abort', interrupt, { once: true })
    streamRows({ connection, sql }, format, out)
      .catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        signal.removeEventListener('abort', interrupt)
        connection.close()
      })
      .catch(() => undefined)
    return out
  } catch (error) {
    connection.close()
    throw error
  }
}
