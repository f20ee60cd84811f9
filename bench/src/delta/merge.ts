import { existsSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { createTable, type DeltaTable, openTable } from '@sluice/delta'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { type Bar, type Measure, measure, median, noBar, timed, timesLimit } from '../measure.ts'
import { marketColumns, marketSelect, partitionColumn } from './market.ts'

const key = 'target.coin_id = source.coin_id AND target.seen_at = source.seen_at'

/** New values for a hundredth of the rows: the newest ones, or ones from every file. */
const upserts = (rows: number) =>
  ({
    recent: `SELECT * REPLACE (price_usd + 1 AS price_usd) FROM (${marketSelect(rows)}) LIMIT ${rows / 100} OFFSET ${rows - rows / 100}`,
    random: `SELECT * REPLACE (price_usd + 1 AS price_usd) FROM (${marketSelect(rows)}) WHERE hash(coin_id, seen_at) % 100 = 0`,
  }) as const

/**
 * Upsert of 1 % into a table partitioned by day, by rewriting files and by marking rows in deletion vectors. Raw is DuckDB writing what has
 * to be written: for rewriting the whole files that are touched, for vectors the new rows alone.
 */
export async function measureMerges(connection: DuckConnection, dir: string, rows: number, rounds: number): Promise<readonly Measure[]> {
  const measures: Measure[] = []
  for (const [which, source] of Object.entries(upserts(rows))) {
    await connection.run(`CREATE OR REPLACE TABLE upserts AS ${source}`)
    for (const vectors of [false, true]) {
      const name = `upsert of 1 % ${which} into ${rows} rows, ${vectors ? 'deletion vectors' : 'copy on write'}`
      const bar: Bar = vectors ? timesLimit(which === 'recent' ? 3 : 4) : noBar
      measures.push(await measureMerge(connection, dir, { name, bar, vectors, rounds }))
    }
  }
  await connection.run('DROP TABLE upserts')
  return measures
}

interface MergeCase {
  readonly name: string
  readonly bar: Bar
  readonly vectors: boolean
  readonly rounds: number
}

async function measureMerge(connection: DuckConnection, dir: string, { name, bar, vectors, rounds }: MergeCase): Promise<Measure> {
  const original = `${dir}/upsert-original-${vectors}`
  if (!existsSync(original)) await createFilled(original, connection, vectors)
  const ours: number[] = []
  const raw: number[] = []
  for (let round = 0; round < rounds; round++) {
    const folder = `${dir}/upsert`
    await cp(original, folder, { recursive: true })
    const table = await openTable(folder, { connection: connection.raw })
    ours.push(await timed(() => table.merge({ source: 'SELECT * FROM upserts', on: key, updateAll: true, insertAll: true })))
    raw.push(await timed(() => writeRaw(connection, dir, vectors ? 'SELECT * FROM upserts' : touchedRows)))
    await rm(folder, { recursive: true })
  }
  return measure(name, median(ours), 'ms', bar, median(raw))
}

const touchedRows = `SELECT * FROM source WHERE ${partitionColumn} IN (SELECT DISTINCT ${partitionColumn} FROM upserts)`

async function writeRaw(connection: DuckConnection, dir: string, select: string): Promise<void> {
  const folder = `${dir}/upsert-raw`
  await connection.run(
    `COPY (${select}) TO ${quoteLiteral(folder)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, PARTITION_BY (${partitionColumn}))`,
  )
  await rm(folder, { recursive: true })
}

async function createFilled(folder: string, connection: DuckConnection, vectors: boolean): Promise<DeltaTable> {
  const table = await createTable(folder, {
    connection: connection.raw,
    columns: marketColumns,
    partitionBy: [partitionColumn],
    properties: { 'delta.enableDeletionVectors': String(vectors) },
  })
  await table.append({ select: 'SELECT * FROM source' })
  return table
}
