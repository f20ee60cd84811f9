import { join } from 'node:path'
import { postgresType } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { copyIn, openPool, type Pool, quoteIdentifier } from '@sluice/postgres'
import { createTableSql, migratePlatform, openWarehouse, type Warehouse } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { type Measure, measure, noBar, pairs, timesLimit } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'
import { dimensions, sales, writeSales } from '../warehouse/sales.ts'

const columns = Object.keys(sales.columns)
const badEvery = 1_000

/** Loads into PostgreSQL over `COPY FROM STDIN` of the same rows into a bare table. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('warehouse')
  await using database = await benchServer(join(scratch.dir, 'postgres'))
  const rows = scaled(1_000_000)
  const [good, mixed] = [join(scratch.dir, 'good.csv'), join(scratch.dir, 'mixed.csv')]
  progress(`making ${rows} rows`)
  await writeFiles(rows, good, mixed)
  const url = await database.url('bench')
  await migratePlatform(url)
  const pool = openPool(url, { max: 4 })
  try {
    await createTables(pool)
    const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
    progress('load')
    const load = await compare(warehouse, rows, rounds(3), { ours: mixed, raw: good, quarantined: Math.ceil(rows / badEvery) })
    progress('load with foreign keys')
    await addForeignKeys(pool)
    const checked = await compare(warehouse, rows, rounds(1), { ours: good, raw: good, quarantined: 0 })
    const what = `load ${rows} rows x 14 columns: types, quarantine, primary key, receipt`
    return [
      measure(`${what}`, load.ours, 'ms', timesLimit(3.5), load.raw),
      measure('the same, rows a second', (rows / load.ours) * 1000, 'rows/s', noBar, (rows / load.raw) * 1000),
      measure(`${what}, into a table with 4 foreign keys`, checked.ours, 'ms', timesLimit(3.5), checked.raw),
    ]
  } finally {
    await pool.end()
  }
}

async function writeFiles(rows: number, good: string, mixed: string): Promise<void> {
  const duckdb = await openDuckDB()
  try {
    const connection = await duckdb.connect()
    await writeSales(connection, good, rows, 0)
    await writeSales(connection, mixed, rows, badEvery)
  } finally {
    duckdb.close()
  }
}

async function createTables(pool: Pool): Promise<void> {
  for (const statement of createTableSql(sales)) await pool.query(statement)
  const bare = Object.entries(sales.columns).map(([name, { type }]) => `${quoteIdentifier(name)} ${postgresType(type)}`)
  await pool.query(`create table bare (${bare.join(', ')})`)
  for (const [name, rows] of Object.entries(dimensions)) {
    await pool.query(`create table ${quoteIdentifier(name)} as select id::int, 'row ' || id as name from generate_series(1, ${rows}) id`)
    await pool.query(`alter table ${quoteIdentifier(name)} add primary key (id)`)
  }
}

/** A table as code has no references yet: they are added by hand, and the load meets them row by row. */
async function addForeignKeys(pool: Pool): Promise<void> {
  await pool.query('truncate public.sales')
  for (const name of Object.keys(dimensions)) {
    await pool.query(`alter table public.sales add foreign key (${quoteIdentifier(`${name}_id`)}) references ${quoteIdentifier(name)} (id)`)
  }
}

/** Both tables are emptied and the server's dirty pages written before each turn. */
async function compare(
  warehouse: Warehouse,
  rows: number,
  times: number,
  files: { readonly ours: string; readonly raw: string; readonly quarantined: number },
): Promise<{ readonly ours: number; readonly raw: number }> {
  const { pool } = warehouse
  const before = async (): Promise<void> => {
    await pool.query('truncate public.sales, bare')
    await pool.query('checkpoint')
  }
  return await pairs(
    times,
    {
      before,
      run: async () => {
        const receipt = await warehouse.loadBatch({ write: nextWrite(), table: sales, mode: 'append', columns, source: files.ours })
        if (receipt.rowsWritten !== rows - files.quarantined || receipt.rowsQuarantined !== files.quarantined) {
          throw new Error(`${receipt.rowsWritten} rows written, ${receipt.rowsQuarantined} quarantined`)
        }
      },
    },
    { before, run: () => pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', files.raw)) },
  )
}

let batch = 0

const nextWrite = () => ({
  project: 'bench',
  pipeline: 'bench',
  task: 'load_sales',
  runId: 'bench',
  attempt: 1,
  dataset: 'bench:warehouse.public.sales',
  batch: `batch-${++batch}`,
  generation: 1,
  logicalTime: Date.UTC(2026, 0, 1),
  inputs: [],
})
