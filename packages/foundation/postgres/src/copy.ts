import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import type { Socket } from 'node:net'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { SluiceError } from '@sluice/core'
import copyStreams from 'pg-copy-streams'
import type { Connection } from './connection.ts'
import { postgresErrors } from './errors.ts'
import { toFault } from './fault.ts'

/** Below ~64 KB the per-write cost shows, above ~1 MB only memory grows. */
const chunkBytes = 256 * 1024

/** A file's path, a stream, or pieces of the copy text (or of the binary format) cut anywhere. */
export type CopySource = string | Readable | AsyncIterable<Buffer | string> | Iterable<Buffer | string>

/**
 * Runs a `COPY ... FROM STDIN` and returns how many rows went in. A row that the server refuses rejects with `postgres.failed` (facts:
 * `line`, `column`), an error of the source with that error itself; either way nothing was copied and the connection can be used on.
 */
export async function copyIn(
  connection: Connection,
  sql: string,
  source: CopySource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<number> {
  let ofSource: { readonly error: unknown } | undefined
  let ofTarget: Error | undefined
  const noting = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* inChunks(typeof source === 'string' ? createReadStream(source, { highWaterMark: chunkBytes }) : source)
    } catch (error) {
      // What the server refused is thrown into the source as well, to end it.
      if (ofTarget === undefined) ofSource = { error }
      throw error
    }
  }
  const target = connection.native.query(copyStreams.from(sql, { highWaterMark: chunkBytes }))
  target.on('error', (error) => {
    ofTarget ??= error
  })
  try {
    await pipeline(Readable.from(noting(), { objectMode: true, highWaterMark: 1 }), target, options)
    return target.rowCount
  } catch (error) {
    if (ofSource !== undefined) throw ofSource.error
    throw copyFault(error, sql)
  }
}

/**
 * Runs a `COPY ... TO STDOUT` into a stream or a file and returns how many rows came. When the destination fails, the session is cut,
 * since the server could not be told to stop otherwise.
 */
export async function copyOut(connection: Connection, sql: string, destination: Writable | string): Promise<number> {
  const source = connection.native.query(copyStreams.to(sql, { highWaterMark: chunkBytes }))
  source.on('error', () => undefined)
  try {
    await pipeline(source, typeof destination === 'string' ? createWriteStream(destination) : destination)
  } catch (error) {
    if (isServerError(error)) throw copyFault(error, sql)
    await cut(connection)
    throw error
  }
  // The row count comes after the last byte; the answer to any statement comes after the row count.
  await connection.query('select')
  return source.rowCount
}

/** Ends the session so that the pool sees it is gone. */
async function cut(connection: Connection): Promise<void> {
  const { stream } = (connection.native as unknown as { connection: { stream: Socket } }).connection
  if (stream.closed) return
  const closed = once(stream, 'close')
  stream.destroy()
  await closed
}

/** Joins small pieces, passes large ones on. */
export async function* inChunks(source: AsyncIterable<Buffer | string> | Iterable<Buffer | string>): AsyncGenerator<Buffer> {
  let text = ''
  let parts: Buffer[] = []
  let bytes = 0
  for await (const piece of source) {
    if (typeof piece === 'string') {
      text += piece
      if (text.length < chunkBytes) continue
    }
    const added = [...(text === '' ? [] : [Buffer.from(text)]), ...(typeof piece === 'string' ? [] : [piece])]
    text = ''
    parts.push(...added)
    for (const part of added) bytes += part.length
    if (bytes < chunkBytes) continue
    yield joined(parts)
    // Socket writes that the system takes at once never leave the microtask queue: let timers and the server's answers in.
    await setImmediate()
    parts = []
    bytes = 0
  }
  if (text !== '') parts.push(Buffer.from(text))
  if (parts.length > 0) yield joined(parts)
}

const joined = ([first, ...rest]: readonly Buffer[]): Buffer =>
  first !== undefined && rest.length === 0 ? first : Buffer.concat(first === undefined ? [] : [first, ...rest])

const isServerError = (error: unknown): boolean => error instanceof Error && 'severity' in error

/** The server's context line says where in the input; it also quotes the value, so only the place is kept. */
function copyFault(error: unknown, sql: string): SluiceError {
  if (error instanceof Error && error.name === 'AbortError') throw error
  const fault = toFault(error, sql)
  const { where, ...facts } = fault.facts
  const [, line, column] = /^COPY .+?, line (\d+)(?:, column ([^:]+))?/.exec(typeof where === 'string' ? where : '') ?? []
  if (line === undefined || !postgresErrors.failed.is(fault)) return fault
  return postgresErrors.failed(`${fault.message} (line ${line}${column === undefined ? '' : `, column ${column}`})`, {
    facts: { ...facts, line: Number(line), ...(column === undefined ? {} : { column }) },
    cause: error,
    next: 'Correct that row of the input; nothing was copied.',
  })
}
