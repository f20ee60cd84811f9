import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { unreachable } from '@sluice/core'
import { type DuckConnection, quoteLiteral, type Row } from '@sluice/duckdb'
import type { FileFormat } from '../file-format.ts'

/** A query on a connection that nothing else uses meanwhile. */
export interface RowSource {
  readonly connection: DuckConnection
  readonly sql: string
}

/**
 * Streams the rows of a query out and ends the writable. `json`: an array, one row a line, decimals and integers past 2^53 as strings.
 * `csv`: header, NULL empty, an empty text `""`, instants with `+00`. `parquet`: zstd. Memory stays bounded; csv and parquet pass through
 * a temporary file in a folder only this user can enter.
 */
export async function streamRows(source: RowSource, format: FileFormat, out: Writable): Promise<void> {
  switch (format) {
    case 'json':
      return await pipeline(Readable.from(jsonText(source.connection.stream(source.sql))), out)
    case 'csv':
      return await throughFile(source, "FORMAT csv, HEADER, NULLSTR ''", out)
    case 'parquet':
      return await throughFile(source, 'FORMAT parquet, COMPRESSION zstd', out)
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

async function throughFile({ connection, sql }: RowSource, options: string, out: Writable): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-export-'))
  const file = join(folder, 'rows')
  try {
    await connection.run(`COPY (${sql}) TO ${quoteLiteral(file)} (${options})`)
    await pipeline(createReadStream(file), out)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
