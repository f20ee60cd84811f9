import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Bar, type Measure, measure, median, noBar } from '../measure.ts'
import { undo } from '../scratch.ts'

/** Whose reading it is: ours, that of others, or the conversion of a file without a word on it. */
export type Side = 'ours' | 'raw' | 'convert'
export type Kind = 'csv' | 'jsonl' | 'avro' | 'excel'

/** What one reading in a process of its own took, the process that parses included. */
export interface Reading {
  readonly ms: number
  readonly cpuMs: number
  readonly peakMb: number
  readonly rows: number
}

const program = fileURLToPath(new URL('files-process.ts', import.meta.url))

/** @throws when not each row came through */
export async function read(side: Side, file: string, kind: Kind, rows: number): Promise<Reading> {
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  await mkdir(`${file}.work`, { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, [program, side, file, kind], { signal: ending.signal })
  await rm(`${file}.work`, { recursive: true })
  const reading = JSON.parse(stdout) as Reading
  if (reading.rows !== rows) throw new Error(`${reading.rows} of ${rows} rows came through`)
  return reading
}

/** Ours and theirs in turns. */
export async function readBoth(file: string, kind: Kind, rows: number, rounds: number) {
  const [ours, raw]: [Reading[], Reading[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    ours.push(await read('ours', file, kind, rows))
    raw.push(await read('raw', file, kind, rows))
  }
  return { ours, raw }
}

type Figure = Exclude<keyof Reading, 'rows'>
const units: Readonly<Record<Figure, string>> = { ms: 'ms', cpuMs: 'ms', peakMb: 'MB' }

export const medianOf = (readings: readonly Reading[], figure: Figure): number => median(readings.map((each) => each[figure]))

/** One figure of the readings, and of the others where there are some. */
export const figureOf = (name: string, figure: Figure, bar: Bar, ours: readonly Reading[], raw: readonly Reading[] = []): Measure =>
  measure(name, medianOf(ours, figure), units[figure], bar, raw.length === 0 ? null : medianOf(raw, figure))

/** A machine that others use takes from the clock, not from this. */
export const processorTimeOf = (name: string, ours: readonly Reading[], raw: readonly Reading[] = []): Measure =>
  figureOf(`${name}: processor time`, 'cpuMs', noBar, ours, raw)
