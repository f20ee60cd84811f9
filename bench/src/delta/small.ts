import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTable, openTable } from '@sluice/delta'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { atMost, type Measure, measure, noBar, pairs, quantile, timed, timesLimit } from '../measure.ts'

const columns = [
  { name: 'id', type: 'long' },
  { name: 'name', type: 'string' },
  { name: 'value', type: 'double' },
] as const
const types = [
  { name: 'id', type: 'BIGINT' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'value', type: 'DOUBLE' },
]
const select = (from: number, rows: number) =>
  `SELECT range AS id, 'name ' || range % 100 AS name, range / 7 AS value FROM range(${from}, ${from + rows})`

/** Many small commits to one table, checkpoints included. Raw is the COPY alone, without fsync. */
export async function measureSmallAppends(connection: DuckConnection, dir: string, appends: number): Promise<readonly Measure[]> {
  const folder = `${dir}/small`
  const table = await createTable(folder, { connection: connection.raw, columns })
  const raw = `${dir}/small-raw`
  await mkdir(raw)
  const ours: number[] = []
  const limit: number[] = []
  for (let n = 0; n < appends; n++) {
    const rows = select(n * 1000, 1000)
    ours.push(await timed(() => table.append({ select: rows, types })))
    limit.push(
      await timed(() => connection.run(`COPY (${rows}) TO ${quoteLiteral(join(raw, `${n}.parquet`))} (FORMAT parquet, COMPRESSION zstd)`)),
    )
  }
  await Promise.all([folder, raw].map((each) => rm(each, { recursive: true })))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return [
    measure(`append of 1,000 rows, mean of ${appends}`, mean(ours), 'ms', atMost(20, 'ms'), mean(limit)),
    measure('append of 1,000 rows, p50', quantile(ours, 0.5), 'ms', noBar, quantile(limit, 0.5)),
    measure('append of 1,000 rows, the last hundred', mean(ours.slice(-100)), 'ms', atMost(20, 'ms'), mean(limit.slice(-100))),
  ]
}

/** What a CHECK constraint costs: the same append to a table with two and to one without. */
export async function measureConstraint(
  connection: DuckConnection,
  dir: string,
  rows: number,
  rounds: number,
): Promise<readonly Measure[]> {
  await connection.run(`CREATE TABLE small_source AS ${select(0, rows)}`)
  const append = (folder: string, constrained: boolean) => ({
    before: async () => {
      const table = await createTable(folder, { connection: connection.raw, columns })
      if (!constrained) return
      await table.addConstraint('positive', 'id >= 0 AND value IS NOT NULL')
      await table.addConstraint('named', "name LIKE 'name %'")
    },
    run: async () => {
      await (await openTable(folder, { connection: connection.raw })).append({ select: 'SELECT * FROM small_source' })
    },
    after: () => rm(folder, { recursive: true }),
  })
  const { ours, raw } = await pairs(rounds, append(`${dir}/checked`, true), append(`${dir}/free`, false))
  return [measure(`append ${rows} rows with two constraints, over one without`, ours, 'ms', timesLimit(1.05), raw)]
}
