import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileTooLarge, unreachable } from '@sluice/core'
import { type DuckConnection, quoteLiteral, type Row } from '@sluice/duckdb'
import type { FileFormat } from '../file-format.ts'

/** A query on a connection that nothing else uses meanwhile. */
export interface RowSource {
  readonly connection: DuckConnection
  readonly sql: string
}

export interface StreamLimits {
  /** Where csv and parquet are made before they leave; the system's folder of temporary files by default. */
  readonly folder?: string
  /** A longer stream fails with `query.too_large`: before its first byte where it is made in a file. */
  readonly bytes?: number
}

/**
 * Streams the rows of a query out and ends the writable. `json`: an array, one row a line, decimals and integers past 2^53 as strings.
 * `csv`: header, NULL empty, an empty text `""`, instants with `+00`. `parquet`: zstd. Memory stays bounded; csv and parquet pass through
 * a temporary file in a folder only this user can enter.
 */
export async function streamRows(source: RowSource, format: FileFormat, out: Writable, limits: StreamLimits = {}): Promise<void> {
  switch (format) {
    case 'json':
      return await pipeline(Readable.from(within(limits.bytes, jsonText(source.connection.stream(source.sql)))), out)
    case 'csv':
      return await throughFile(source, "FORMAT csv, HEADER, NULLSTR ''", out, limits)
    case 'parquet':
      return await throughFile(source, 'FORMAT parquet, COMPRESSION zstd', out, limits)
    default:
      return unreachable(format)
  }
}

async function* jsonText(chunks: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let separator = '[\n'
  for await (const rows of chunks) {
    let text = ''
    for (const row of rows) {
      text += separator + JSON.stringify(row)
      separator = ',\n'
    }
    yield text
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n'
}

/** Often enough that a file is over its limit by a second's writing at most. */
const lookMs = 200

async function throughFile({ connection, sql }: RowSource, options: string, out: Writable, limits: StreamLimits): Promise<void> {
  const folder = await mkdtemp(join(limits.folder ?? tmpdir(), 'sluice-export-'))
  const file = join(folder, 'rows')
  const { bytes = Number.POSITIVE_INFINITY } = limits
  const size = async (): Promise<number> => (await stat(file).catch(() => undefined))?.size ?? 0
  let isOver = false
  const look = async (): Promise<void> => {
    isOver ||= (await size()) > bytes
    if (isOver) connection.interrupt()
  }
  const watch = setInterval(() => void look(), lookMs)
  try {
    await connection.run(`COPY (${sql}) TO ${quoteLiteral(file)} (${options})`)
    if ((await size()) > bytes) throw fileTooLarge(bytes)
    await pipeline(createReadStream(file), out)
  } catch (thrown) {
    throw isOver ? fileTooLarge(bytes) : thrown
  } finally {
    clearInterval(watch)
    await rm(folder, { recursive: true, force: true })
  }
}

async function* within(bytes: number | undefined, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let sent = 0
  for await (const piece of pieces) {
    sent += Buffer.byteLength(piece)
    if (bytes !== undefined && sent > bytes) throw fileTooLarge(bytes)
    yield piece
  }
}
