import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { atMost, type Measure, measure, noBar } from '../measure.ts'
import { undo } from '../scratch.ts'

const program = fileURLToPath(new URL('memory-process.ts', import.meta.url))

export interface LittleMemory {
  readonly appendMs: number
  readonly mergeMs: number
  readonly peakMb: number
}

/** Append of `source` and a merge of a random hundredth of its rows, by rewriting every file, in a process whose DuckDB has 512 MB. */
export async function measureLittleMemory(connection: DuckConnection, dir: string, rows: number): Promise<readonly Measure[]> {
  const input = `${dir}/little-memory.parquet`
  await connection.run(`COPY source TO ${quoteLiteral(input)} (FORMAT parquet, COMPRESSION zstd)`)
  const ending = new AbortController()
  await using _ = undo(async () => ending.abort())
  const { stdout } = await promisify(execFile)(process.execPath, [program, input, `${dir}/little-memory`], { signal: ending.signal })
  const { appendMs, mergeMs, peakMb } = JSON.parse(stdout) as LittleMemory
  await Promise.all([input, `${dir}/little-memory`].map((each) => rm(each, { recursive: true })))
  return [
    measure(`append of ${rows} rows, DuckDB limited to 512 MB`, appendMs, 'ms', noBar),
    measure('merge of a random 1 %, copy on write, DuckDB limited to 512 MB', mergeMs, 'ms', noBar),
    measure('append and merge, DuckDB limited to 512 MB, peak memory', peakMb, 'MB', atMost(1_024, 'MB')),
  ]
}
