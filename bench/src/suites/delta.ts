import { openDuckDB } from '@sluice/duckdb'
import { measureCommits } from '../delta/commit.ts'
import { measureJson } from '../delta/json.ts'
import { coincap, nested } from '../delta/json-bodies.ts'
import { marketSelect } from '../delta/market.ts'
import { measureLittleMemory } from '../delta/memory.ts'
import { measureMerges } from '../delta/merge.ts'
import { measureReads } from '../delta/read.ts'
import { measureManyPartitions, measureManyRows } from '../delta/scale.ts'
import { measureSnapshot } from '../delta/snapshot.ts'
import { measureAppend } from '../delta/table.ts'
import type { Measure } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** Delta tables over raw DuckDB, and JSON bodies to typed Parquet. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('delta')
  const { dir } = scratch
  const duckdb = await openDuckDB({ tempDirectory: `${dir}/spill` })
  try {
    const connection = await duckdb.connect()
    progress('JSON bodies')
    const json = [
      ...(await measureJson(connection, dir, nested, scaled(1_000_000), rounds(3), true)),
      ...(await measureJson(connection, dir, coincap, scaled(100_000), rounds(3), false)),
    ]
    const rows = scaled(10_000_000)
    progress(`making ${rows} rows`)
    await connection.run(`CREATE TABLE source AS ${marketSelect(rows)}`)
    progress('append')
    const append = await measureAppend(connection, dir, rows, rounds(3))
    progress('reads')
    const reads = await measureReads(connection, dir, rows, rounds(7))
    progress('merges')
    const merges = await measureMerges(connection, dir, rows, rounds(3))
    progress('commits')
    const commits = await measureCommits(connection, dir, scaled(1_000))
    progress('a table of many files')
    const snapshots = await measureSnapshot(connection, dir, scaled(300_000), rounds(5))
    progress('many partitions')
    const partitions = await measureManyPartitions(connection, dir, scaled(100_000))
    progress('many rows')
    const manyRows = await measureManyRows(dir, scaled(50_000_000))
    progress('little memory')
    const memory = await measureLittleMemory(connection, dir, rows)
    return [...append, ...reads, ...merges, ...commits, ...snapshots, ...partitions, ...manyRows, ...memory, ...json]
  } finally {
    duckdb.close()
  }
}
