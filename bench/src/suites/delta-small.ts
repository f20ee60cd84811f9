import { openDuckDB } from '@sluice/duckdb'
import { measureConstraint, measureSmallAppends } from '../delta/small.ts'
import type { Measure } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** Small commits to one Delta table, and what constraints cost a large one. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('delta-small')
  const duckdb = await openDuckDB({ tempDirectory: `${scratch.dir}/spill` })
  try {
    const connection = await duckdb.connect()
    progress('small appends')
    const small = await measureSmallAppends(connection, scratch.dir, scaled(1_500))
    progress('constraints')
    return [...small, ...(await measureConstraint(connection, scratch.dir, scaled(5_000_000), rounds(5)))]
  } finally {
    duckdb.close()
  }
}
