import { mkdir, rm } from 'node:fs/promises'
import { createTable, type DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { type Measure, measure, noBar, pairs, timesLimit } from '../measure.ts'
import { marketColumns, partitionColumn } from './market.ts'

/** An empty table for market snapshots, partitioned by day. */
export const createMarket = (folder: string, connection: DuckConnection): Promise<DeltaTable> =>
  createTable(folder, { connection: connection.raw, columns: marketColumns, partitionBy: [partitionColumn] })

/** Appends `source` to a new table; raw is one partitioned COPY of it with the same codec, without order, statistics or fsync. */
export async function measureAppend(connection: DuckConnection, dir: string, rows: number, rounds: number): Promise<readonly Measure[]> {
  const [folder, rawFolder] = [`${dir}/append`, `${dir}/copy`]
  let table: DeltaTable
  const { ours, raw } = await pairs(
    rounds,
    {
      before: async () => {
        table = await createMarket(folder, connection)
      },
      run: () => table.append({ select: 'SELECT * FROM source' }),
      after: () => rm(folder, { recursive: true }),
    },
    {
      before: () => mkdir(rawFolder),
      run: () =>
        connection.run(
          `COPY source TO ${quoteLiteral(rawFolder)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (${partitionColumn}), APPEND)`,
        ),
      after: () => rm(rawFolder, { recursive: true }),
    },
  )
  return [
    measure(`append ${rows} rows x 18 columns by day`, ours, 'ms', timesLimit(1.05), raw),
    measure('append, rows a second', (rows / ours) * 1000, 'rows/s', noBar, (rows / raw) * 1000),
  ]
}
