import { open, readFile, rm } from 'node:fs/promises'
import type { DuckConnection } from '@sluice/duckdb'
import { sniffFile } from '@sluice/sources/convert'
import { atMost, type Measure, measure, median, noBar, timed, timesLimit } from '../measure.ts'
import { ownProcessorTime } from '../processor-time.ts'
import type { FilesOptions } from './measure-files.ts'
import { figureOf, processorTimeOf, read } from './reading.ts'
import { writeClean } from './rows.ts'

/** Rows of about 70 bytes. */
const rowsOfPiece = 1_000_000

/** A CSV of so many rows: the same million over and over behind one line of names. */
async function writeLarge(connection: DuckConnection, file: string, rows: number): Promise<number> {
  const size = Math.min(rows, rowsOfPiece)
  await writeClean(connection, file, size, 'csv')
  const all = await readFile(file)
  const piece = all.subarray(all.indexOf('\n') + 1)
  await using handle = await open(file, 'a')
  const pieces = Math.max(1, Math.round(rows / size))
  for (let count = 1; count < pieces; count++) await handle.appendFile(piece)
  return size * pieces
}

const gigabytes = async (file: string): Promise<string> => {
  await using handle = await open(file)
  return `${((await handle.stat()).size / 1e9).toPrecision(2)} GB`
}

/** The limit is what DuckDB takes to find dialect and types. */
export async function measureSniff({ connection, dir, rounds }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/sniffed.csv`
  await writeLarge(connection, file, rows)
  const size = await gigabytes(file)
  const [ours, raw]: [Taken[], Taken[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    ours.push(await taken(() => sniffFile(file)))
    raw.push(await taken(() => connection.rows(`SELECT * FROM sniff_csv('${file}')`)))
  }
  await rm(file)
  const name = `a look at a CSV of ${size}`
  const of = (figure: keyof Taken, all: readonly Taken[]): number => median(all.map((each) => each[figure]))
  return [
    measure(name, of('ms', ours), 'ms', atMost(1_000, 'ms'), of('ms', raw)),
    measure(`${name}: processor time`, of('cpuMs', ours), 'ms', noBar, of('cpuMs', raw)),
  ]
}

interface Taken {
  readonly ms: number
  readonly cpuMs: number
}

async function taken(work: () => Promise<unknown>): Promise<Taken> {
  let ms = 0
  const cpuMs = await ownProcessorTime(async () => {
    ms = await timed(work)
  })
  return { ms, cpuMs }
}

/** Memory does not grow with the file: the peak over all of it is that over a fifth. */
export async function measureLarge({ connection, dir }: FilesOptions, rows: number): Promise<readonly Measure[]> {
  const file = `${dir}/large.csv`
  const part = await read('ours', file, 'csv', await writeLarge(connection, file, Math.max(1, Math.round(rows / 5))))
  await rm(file)
  const written = await writeLarge(connection, file, rows)
  const size = await gigabytes(file)
  const pulled = await read('ours', file, 'csv', written)
  const converted = await read('convert', file, 'csv', written)
  await rm(file)
  const [typed, whole] = [`a CSV of ${size} to typed Parquet with checks`, `a CSV of ${size} converted to Parquet`]
  return [
    figureOf(typed, 'ms', noBar, [pulled]),
    processorTimeOf(typed, [pulled]),
    measure(`${typed}: peak memory beside that of a fifth`, pulled.peakMb, 'MB', timesLimit(1.2), part.peakMb),
    figureOf(whole, 'ms', noBar, [converted]),
    processorTimeOf(whole, [converted]),
    figureOf(`${whole}: peak memory`, 'peakMb', atMost(1_024, 'MB'), [converted]),
  ]
}
