import { execFile } from 'node:child_process'
import { mkdir, rm, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DuckConnection } from '@sluice/duckdb'
import { atMost, type Measure, measure, median, noBar, timesLimit } from '../measure.ts'
import { undo } from '../scratch.ts'
import { type BodyKind, writeBodies } from './json-bodies.ts'

interface Step {
  readonly ms: number
  readonly rows: number
  readonly peakMb: number
}

/**
 * Bodies of 250 records through the product: landed in bronze, then a model (parse, strict casts, quarantine, Delta commit). Raw is one
 * COPY of DuckDB over the same bronze file with plain casts. Each runs in a process of its own, in turn; the second run in it counts.
 */
export async function measureJson(
  connection: DuckConnection,
  dir: string,
  kind: BodyKind,
  records: number,
  rounds: number,
  barred: boolean,
): Promise<readonly Measure[]> {
  const folder = `${dir}/json-${kind.name}`
  await mkdir(folder)
  const file = `${folder}/${kind.name}.ndjson`
  await writeBodies(connection, kind, records, file)
  const { size } = await stat(file)
  const landed = await inProcess('land', kind, folder)
  await rm(file)
  const [ours, raw]: [Step[], Step[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    ours.push(await inProcess('model', kind, folder))
    raw.push(await inProcess('raw', kind, folder))
  }
  await rm(folder, { recursive: true })
  for (const { rows } of [...ours, ...raw]) if (rows !== records) throw new Error(`${rows} of ${records} records came through`)
  const ms = (steps: readonly Step[]): number => median(steps.map((step) => step.ms))
  const peak = (steps: readonly Step[]): number => median(steps.map((step) => step.peakMb))
  const what = `${records} ${kind.name} records`
  return [
    measure(`${what} landed in bronze`, landed.ms, 'ms', noBar),
    measure(`${what} landed in bronze, MB a second`, size / 1e3 / landed.ms, 'MB/s', noBar),
    measure(`${what} from bronze to a typed Delta table`, ms(ours), 'ms', barred ? timesLimit(1.05) : noBar, ms(raw)),
    measure(`${what} from bronze to a typed Delta table, peak memory`, peak(ours), 'MB', barred ? atMost(1_024, 'MB') : noBar, peak(raw)),
  ]
}

const program = fileURLToPath(new URL('json-process.ts', import.meta.url))

async function inProcess(step: 'land' | 'model' | 'raw', kind: BodyKind, folder: string): Promise<Step> {
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  const { stdout } = await promisify(execFile)(process.execPath, [program, step, kind.name.toLowerCase(), folder], {
    signal: ending.signal,
  })
  return JSON.parse(stdout) as Step
}
