import { copyFile, mkdir, rm } from 'node:fs/promises'
import { createTable, openTable } from '@sluice/delta'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { atMost, type Measure, measure, pairs, timesLimit } from '../measure.ts'
import { inProcess } from './scale.ts'

const columns = Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, type: 'long' as const }))

const bounds = (value: string) => columns.map(({ name }) => `"${name}":${value}`).join(',')

/**
 * What a writer says of one file, made by DuckDB over `i`: a path of 68 characters, one partition value of 3,650, statistics of ten
 * columns.
 */
const add = `{
  path: 'day=' || (DATE '2020-01-01' + (i % 3650)::INTEGER) || '/part-' || md5(i::VARCHAR) || '.zstd.parquet',
  "partitionValues": MAP {'day': (DATE '2020-01-01' + (i % 3650)::INTEGER)::VARCHAR}, size: 123456 + i, "modificationTime": 1700000000000 + i, "dataChange": false,
  stats: '{"numRecords":1000,"minValues":{${bounds('0')}},"maxValues":{${bounds('999')}},"nullCount":{${bounds('0')}},"tightBounds":true}'
}`

/**
 * Opening a table of many files from its checkpoint. The data files are not there: a snapshot does not look at them. Raw is DuckDB handing
 * the same texts over, path, partition values and statistics of each file.
 */
export async function measureSnapshot(connection: DuckConnection, dir: string, files: number, rounds: number): Promise<readonly Measure[]> {
  const folder = `${dir}/many`
  const table = await createTable(folder, {
    connection: connection.raw,
    columns: [{ name: 'day', type: 'date' }, ...columns],
    partitionBy: ['day'],
  })
  await table.checkpoint()
  const checkpoint = `${folder}/_delta_log/${'0'.repeat(20)}.checkpoint.parquet`
  await mkdir(`${dir}/many-empty`)
  await copyFile(checkpoint, `${dir}/many-empty/checkpoint.parquet`)
  await connection.run(
    `COPY (FROM read_parquet(${quoteLiteral(`${dir}/many-empty/checkpoint.parquet`)})
           UNION ALL BY NAME SELECT ${add} AS add FROM range(${files}) AS source(i)) TO ${quoteLiteral(checkpoint)} (FORMAT parquet)`,
  )
  const texts = `SELECT add.path, to_json(add."partitionValues")::VARCHAR, add.stats FROM read_parquet(${quoteLiteral(checkpoint)}) WHERE add.path IS NOT NULL`
  const { ours, raw } = await pairs(
    rounds,
    {
      run: async () => {
        const snapshot = await (await openTable(folder, { connection: connection.raw })).snapshot()
        if (snapshot.files.length !== files) throw new Error(`${snapshot.files.length} of ${files} files`)
      },
    },
    { run: () => connection.rows(texts) },
  )
  const { peakMb } = await inProcess('snapshot', folder, files)
  await Promise.all([folder, `${dir}/many-empty`].map((each) => rm(each, { recursive: true })))
  return [
    measure(`snapshot of a table of ${files} files`, ours, 'ms', timesLimit(0.5), raw),
    // delta-rs 1.6.6 takes 380 to 670 MB for 300,000 files.
    measure(`snapshot of a table of ${files} files, peak memory of its process`, peakMb, 'MB', atMost(600, 'MB')),
  ]
}
