import { openDuckDB } from '@sluice/duckdb'
import { measureCsv, measureJsonLines } from '../files/measure-files.ts'
import type { Measure } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** Files read as a pull reads them, beside DuckDB's own readers. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('files')
  const duckdb = await openDuckDB({ tempDirectory: `${scratch.dir}/spill` })
  try {
    const at = { connection: await duckdb.connect(), dir: scratch.dir, rounds: rounds(3) }
    progress('CSV')
    const csv = await measureCsv(at, scaled(10_000_000))
    progress('JSON lines')
    return [...csv, ...(await measureJsonLines(at, scaled(1_000_000)))]
  } finally {
    duckdb.close()
  }
}
