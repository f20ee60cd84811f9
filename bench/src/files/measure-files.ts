import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DuckConnection } from '@sluice/duckdb'
import { sniffFile } from '@sluice/sources/convert'
import { atMost, type Bar, type Measure, measure, median, shareOfLimit, timed } from '../measure.ts'
import { undo } from '../scratch.ts'
import { writeClean } from './rows.ts'

interface Reading {
  readonly ms: number
  readonly rows: number
  readonly peakMb: number
}

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
  const sniffing = median(await inTurn(rounds, () => timed(() => sniffFile(clean))))
  const [ours, raw] = await readBoth(clean, 'csv', { rows, rounds })
  const encoded = await inTurn(rounds, () => read('ours', nasty, 'csv', rows))
  await rm(nasty)
  return [
    perSecond(`${rows} rows of clean CSV to typed Parquet with checks`, { ours, raw, rows, bar: shareOfLimit(0.7) }),
    measure('its peak memory', peak(ours), 'MB', atMost(1_024, 'MB'), peak(raw)),
    perSecond('the same in windows-1252 with CR LF', { ours: encoded, raw, rows, bar: shareOfLimit(0.4) }),
    measure('a look at the clean file', sniffing, 'ms', atMost(1_000, 'ms')),
  ]
}

export async function measureJsonLines({ connection, dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/rows.jsonl`
  await writeClean(connection, file, rows, 'json')
  const [ours, raw] = await readBoth(file, 'jsonl', { rows, rounds })
  return [measure(`${rows} rows of JSON lines to typed Parquet with checks`, ms(ours), 'ms', atMost(3_000, 'ms'), ms(raw))]
}

/** A letter that UTF-8 writes in two bytes stands in each row. */
async function* inNastyBytes(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces)
    yield Buffer.from(piece.toString('latin1').replaceAll('\n', '\r\n').replaceAll('customer ', 'kundé \x80'), 'latin1')
}

async function readBoth(file: string, kind: string, { rows, rounds }: { readonly rows: number; readonly rounds: number }) {
  const [ours, raw]: [Reading[], Reading[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    ours.push(await read('ours', file, kind, rows))
    raw.push(await read('raw', file, kind, rows))
  }
  return [ours, raw] as const
}

async function inTurn<T>(rounds: number, act: () => Promise<T>): Promise<readonly T[]> {
  const found: T[] = []
  for (let round = 0; round < rounds; round++) found.push(await act())
  return found
}

const program = fileURLToPath(new URL('files-process.ts', import.meta.url))

async function read(side: 'ours' | 'raw', file: string, kind: string, rows: number): Promise<Reading> {
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  await mkdir(`${file}.work`, { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, [program, side, file, kind], { signal: ending.signal })
  await rm(`${file}.work`, { recursive: true })
  const reading = JSON.parse(stdout) as Reading
  if (reading.rows !== rows) throw new Error(`${reading.rows} of ${rows} rows came through`)
  return reading
}

const ms = (readings: readonly Reading[]): number => median(readings.map((each) => each.ms))
const peak = (readings: readonly Reading[]): number => median(readings.map((each) => each.peakMb))

interface Compared {
  readonly ours: readonly Reading[]
  readonly raw: readonly Reading[]
  readonly rows: number
  readonly bar: Bar
}

const perSecond = (name: string, { ours, raw, rows, bar }: Compared): Measure =>
  measure(name, (rows / ms(ours)) * 1_000, 'rows/s', bar, (rows / ms(raw)) * 1_000)
