import { join } from 'node:path'
import { openTable } from '@sluice/delta'
import { type DuckConnection, fileList } from '@sluice/duckdb'
import { type Measure, measure, pairs, timesLimit } from '../measure.ts'
import { allColumns, threeColumns } from './market.ts'
import { createMarket } from './table.ts'

/** From a path to the answer: opening the table, its snapshot, the scan. Raw is `read_parquet` over the same files. */
export async function measureReads(connection: DuckConnection, dir: string, rows: number, rounds: number): Promise<readonly Measure[]> {
  const folder = `${dir}/read`
  const table = await createMarket(folder, connection)
  await table.append({ select: 'SELECT * FROM source' })
  const files = (await table.snapshot()).files.map(({ path }) => join(folder, decodeURIComponent(path)))
  const measures: Measure[] = []
  for (const [what, aggregate] of [
    ['all 18 columns', allColumns],
    ['3 columns', threeColumns],
  ] as const) {
    const { ours, raw } = await pairs(
      rounds,
      {
        run: async () => {
          const snapshot = await (await openTable(folder, { connection: connection.raw })).snapshot()
          await connection.rows(`SELECT ${aggregate} FROM (${await snapshot.scanSql()})`)
        },
      },
      { run: () => connection.rows(`SELECT ${aggregate} FROM read_parquet(${fileList(files)}, hive_partitioning = true)`) },
    )
    measures.push(measure(`read ${rows} rows, aggregate of ${what}`, ours, 'ms', timesLimit(1.05, 10, 'ms'), raw))
  }
  return measures
}
