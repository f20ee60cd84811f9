import { join } from 'node:path'
import { openTable } from '@sluice/delta'
import { type DuckConnection, fileList, quoteLiteral } from '@sluice/duckdb'
import { type Measure, measure, pairs, timesLimit } from '../measure.ts'
import { allColumns, partitionColumn, threeColumns } from './market.ts'
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
  return [...measures, await measureOneDay(connection, folder, rows, rounds)]
}

const day = '2026-01-01'

/** One partition of 35, all columns. Raw knows the partition's folder: no table to open, no files to choose. */
async function measureOneDay(connection: DuckConnection, folder: string, rows: number, rounds: number): Promise<Measure> {
  const { ours, raw } = await pairs(
    rounds,
    {
      run: async () => {
        const snapshot = await (await openTable(folder, { connection: connection.raw })).snapshot()
        const scan = await snapshot.scanSql({ where: [{ column: partitionColumn, op: '=', value: day }] })
        await connection.rows(`SELECT ${allColumns} FROM (${scan})`)
      },
    },
    {
      run: () =>
        connection.rows(
          `SELECT ${allColumns} FROM read_parquet(${quoteLiteral(`${folder}/${partitionColumn}=${day}/*.parquet`)}, hive_partitioning = true)`,
        ),
    },
  )
  return measure(`read one day of ${rows} rows, aggregate of all 18 columns`, ours, 'ms', timesLimit(1.05, 10, 'ms'), raw)
}
