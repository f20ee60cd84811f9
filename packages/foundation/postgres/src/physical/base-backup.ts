import { PassThrough } from 'node:stream'
import pg from 'pg'
import { clientConfig } from '../connection.ts'
import { postgresErrors } from '../errors.ts'
import { toFault } from '../fault.ts'

/** What the driver calls of a query, see `pg`'s own `Query`. */
interface Handled {
  handleRowDescription(): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(): void
  handleCopyData(message: { readonly chunk: Buffer }): void
  handleError(error: Error): void
  handleReadyForQuery(): void
}

export interface BaseBackup {
  /** The data directory as a tar, with the write-ahead log that makes it whole. */
  readonly tar: AsyncIterable<Buffer>
  /** Resolves behind the last byte: from where to where its log reaches. */
  readonly positions: Promise<{ readonly start: string; readonly end: string }>
}

/**
 * A copy of the whole cluster over the replication protocol, while it works (`BASE_BACKUP`,
 * https://www.postgresql.org/docs/18/protocol-replication.html). The role needs REPLICATION. Tables that are not logged come back empty.
 */
export function baseBackup(url: string): BaseBackup {
  const client = new pg.Client({ ...clientConfig(url, { applicationName: 'sluice backup' }), replication: 'true' } as pg.ClientConfig)
  client.on('error', () => undefined)
  const out = new PassThrough({ highWaterMark: 8 << 20 })
  const rows: (readonly (string | null)[])[] = []
  let inTar = false
  const ended = Promise.withResolvers<void>()
  const stream = () => (client as unknown as { connection: { stream: { pause(): void; resume(): void } } }).connection.stream
  out.on('drain', () => stream().resume())
  // Whoever reads no more ends the session.
  out.on('close', () => void client.end().catch(() => undefined))
  const handled: Handled & { submit(connection: { query(text: string): void }): void } = {
    submit: (connection) => connection.query("BASE_BACKUP (LABEL 'sluice', CHECKPOINT 'fast', WAL true, MANIFEST 'no')"),
    handleRowDescription: () => undefined,
    handleDataRow: ({ fields }) => void rows.push(fields),
    handleCommandComplete: () => undefined,
    handleCopyData({ chunk }) {
      const kind = String.fromCharCode(chunk[0] ?? 0)
      // `n` begins an archive: the first is that of the data directory, others are tablespaces.
      if (kind === 'n')
        inTar = chunk
          .subarray(1, 5 + 'base'.length)
          .toString('latin1')
          .startsWith('base.tar')
      else if (kind === 'd' && inTar && !out.write(chunk.subarray(1))) stream().pause()
    },
    handleError: (error) => ended.reject(toFault(error)),
    handleReadyForQuery: () => ended.resolve(),
  }
  const positions = (async () => {
    try {
      await client.connect()
      client.query(handled as unknown as pg.QueryConfig)
      await ended.promise
      const [start, end] = [rows[0]?.[0], rows.at(-1)?.[0]]
      if (start == null || end == null)
        throw postgresErrors.failed('the server did not say where its log stands', { next: 'Make the backup again.' })
      out.end()
      return { start, end }
    } catch (error) {
      const fault = toFault(error)
      out.destroy(fault)
      throw fault
    }
  })()
  positions.catch(() => undefined)
  return { tar: out as AsyncIterable<Buffer>, positions }
}
