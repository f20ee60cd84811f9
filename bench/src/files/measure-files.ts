import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { DuckConnection } from '@sluice/duckdb'
import { atMost, type Bar, type Measure, measure, shareOfLimit } from '../measure.ts'
import { writeAvro } from './avro-file.ts'
import { figureOf, medianOf, processorTimeOf, type Reading, read, readBoth } from './reading.ts'
import { writeClean } from './rows.ts'
import { writeWorkbook } from './workbook.ts'

export interface FilesOptions {
  readonly connection: DuckConnection
  readonly dir: string
  readonly rounds: number
}

/** A CSV as it should be, and the same in windows-1252 with CR LF: the share of the rows a second that DuckDB reads of the clean one. */
export async function measureCsv({ connection, dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const [clean, nasty] = [`${dir}/clean.csv`, `${dir}/nasty.csv`]
  await writeClean(connection, clean, rows, 'csv')
  await pipeline(createReadStream(clean), inNastyBytes, createWriteStream(nasty))
  const { ours, raw } = await readBoth(clean, 'csv', rows, rounds)
  await rm(clean)
  const encoded: Reading[] = []
  for (let round = 0; round < rounds; round++) encoded.push(await read('ours', nasty, 'csv', rows))
  await rm(nasty)
  const name = `${rows} rows of clean CSV to typed Parquet with checks`
  return [
    perSecond(name, { ours, raw, rows, bar: shareOfLimit(0.7) }),
    processorTimeOf(name, ours, raw),
    figureOf('its peak memory', 'peakMb', atMost(1_024, 'MB'), ours, raw),
    perSecond('the same in windows-1252 with CR LF', { ours: encoded, raw, rows, bar: shareOfLimit(0.4) }),
    processorTimeOf('the same in windows-1252 with CR LF', encoded, raw),
  ]
}

export async function measureJsonLines({ connection, dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/rows.jsonl`
  await writeClean(connection, file, rows, 'json')
  const { ours, raw } = await readBoth(file, 'jsonl', rows, rounds)
  await rm(file)
  const name = `${rows} rows of JSON lines to typed Parquet with checks`
  return [figureOf(name, 'ms', atMost(3_000, 'ms'), ours, raw), processorTimeOf(name, ours, raw)]
}

/** The limit is what `avsc` takes to decode the records, which are written nowhere. */
export async function measureAvro({ dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/rows.avro`
  await writeAvro(file, rows)
  const { ours, raw } = await readBoth(file, 'avro', rows, rounds)
  await rm(file)
  const name = `${rows} rows of Avro to typed Parquet with checks`
  return [figureOf(name, 'ms', atMost(3_000, 'ms'), ours, raw), processorTimeOf(name, ours, raw)]
}

/** The limit is what `hucre` takes to stream the rows, which are written nowhere. */
export async function measureWorkbook({ dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/rows.xlsx`
  await writeWorkbook(file, rows)
  const { ours, raw } = await readBoth(file, 'excel', rows, rounds)
  await rm(file)
  const name = `a workbook of ${rows} x 20 cells to typed Parquet`
  return [
    figureOf(name, 'ms', atMost(6_000, 'ms'), ours, raw),
    processorTimeOf(name, ours, raw),
    figureOf('its peak memory, with that of the process that parses', 'peakMb', atMost(500, 'MB'), ours, raw),
  ]
}

/** A letter that UTF-8 writes in two bytes stands in each row. */
async function* inNastyBytes(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces)
    yield Buffer.from(piece.toString('latin1').replaceAll('\n', '\r\n').replaceAll('customer ', 'kundé \x80'), 'latin1')
}

interface Compared {
  readonly ours: readonly Reading[]
  readonly raw: readonly Reading[]
  readonly rows: number
  readonly bar: Bar
}

const perSecond = (name: string, { ours, raw, rows, bar }: Compared): Measure =>
  measure(name, (rows / medianOf(ours, 'ms')) * 1_000, 'rows/s', bar, (rows / medianOf(raw, 'ms')) * 1_000)
