import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { atMost, type Measure, measure, noBar, timed, timesLimit } from '../measure.ts'
import { undo } from '../scratch.ts'

const program = fileURLToPath(new URL('scale-process.ts', import.meta.url))

export type ScaleStep = 'rows' | 'partitions' | 'snapshot'
export interface ScaleResult {
  readonly ms: number
  readonly peakMb: number
}

/** Runs one step in a process whose DuckDB has 512 MB. */
export async function inProcess(step: ScaleStep, folder: string, count: number): Promise<ScaleResult> {
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  const { stdout } = await promisify(execFile)(process.execPath, [program, step, folder, String(count)], { signal: ending.signal })
  return JSON.parse(stdout) as ScaleResult
}

/** Append, full aggregate and a delete of a thousandth, copy on write, which rewrites every file. */
export async function measureManyRows(dir: string, rows: number): Promise<readonly Measure[]> {
  const folder = `${dir}/many-rows`
  const { ms, peakMb } = await inProcess('rows', folder, rows)
  await rm(folder, { recursive: true })
  return [
    measure(`append, read and delete over ${rows} rows, DuckDB limited to 512 MB`, ms, 'ms', noBar),
    measure(`append, read and delete over ${rows} rows, peak memory`, peakMb, 'MB', atMost(1_024, 'MB')),
  ]
}

/** One append over very many partitions. Raw is one COPY of DuckDB over 100 of them, without fsync, for each 100. */
export async function measureManyPartitions(connection: DuckConnection, dir: string, partitions: number): Promise<readonly Measure[]> {
  const [folder, rawFolder] = [`${dir}/many-partitions`, `${dir}/raw-partitions`]
  await mkdir(rawFolder)
  const hundred = await timed(() =>
    connection.run(
      `COPY (SELECT i AS p, i AS v FROM range(100) AS rows(i)) TO ${quoteLiteral(rawFolder)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (p), APPEND)`,
    ),
  )
  const { ms, peakMb } = await inProcess('partitions', folder, partitions)
  await Promise.all([folder, rawFolder].map((each) => rm(each, { recursive: true })))
  const perThousand = (ms / partitions) * 1_000
  return [
    measure(`append over ${partitions} partitions, a thousand of them`, perThousand, 'ms', timesLimit(5), hundred * 10),
    measure(`append over ${partitions} partitions, peak memory`, peakMb, 'MB', atMost(1_024, 'MB')),
  ]
}
