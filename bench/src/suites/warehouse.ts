import { join } from 'node:path'
import type { AnyDataset, ColumnType } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { copyIn, openPool, type Pool, postgresType, quoteIdentifier } from '@sluice/postgres'
import { createTableSql, migratePlatform, openWarehouse, quoteTable, type Warehouse } from '@sluice/warehouse'
import { benchServer } from '../database.ts'
import { type Measure, measure, noBar, pairs, timesLimit } from '../measure.ts'
import { processorTime } from '../processor-time.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'
import { diffOfTables } from '../warehouse/diff-of-tables.ts'
import { type Everyday, intoFullTable, linkedIntoFullTable, readerBeside, smallLoads } from '../warehouse/everyday.ts'
import { wholeStep } from '../warehouse/load-step.ts'
import { dimensions, linkedSales, sales, writeSales } from '../warehouse/sales.ts'

const columns = Object.keys(sales.columns)
/** As a `load` tells them from its model; `price` is text where it may be unreadable. */
const given = Object.fromEntries(Object.entries(sales.columns).map(([name, { type }]) => [name, type]))
const { price: _, ...givenWithoutPrice } = given
/** One row in so many. */
const [unreadableEvery, orphanEvery] = [1_000, 100]

/** Loads into PostgreSQL over `COPY FROM STDIN` of the same rows into a bare table. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('warehouse')
  await using database = await benchServer(join(scratch.dir, 'postgres'))
  const rows = scaled(1_000_000)
  const at = (name: string): string => join(scratch.dir, name)
  const few = at('few.csv')
  const some = Math.ceil(rows / 10)
  const files = { good: at('good.csv'), some: at('some.csv'), unreadable: at('unreadable.csv'), orphans: at('orphans.csv') }
  progress(`making ${rows} rows`)
  await writeFiles(rows, files, few)
  const url = await database.url('bench')
  await migratePlatform(url)
  const pool = openPool(url, { max: 4 })
  try {
    await createTables(pool)
    const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
    progress('load')
    const unreadable = Math.ceil(rows / unreadableEvery)
    const load = await compare(
      warehouse,
      rows,
      rounds(3),
      { table: sales, source: files.unreadable, given: givenWithoutPrice, quarantined: unreadable },
      files.good,
    )
    progress('load with foreign keys')
    const orphans = Math.ceil(rows / orphanEvery)
    const linked = await compare(
      warehouse,
      rows,
      rounds(3),
      { table: linkedSales, source: files.orphans, given, quarantined: orphans },
      files.good,
    )
    progress('loads of a day')
    const everyday: Everyday = {
      warehouse,
      pool,
      rounds: rounds(3),
      many: { file: files.good, rows },
      some: { file: files.some, rows: some },
      few,
      orphans: { file: files.orphans, rows, quarantined: orphans },
      full: rows * 10,
      nextWrite,
      cost: (work) => processorTime(work, [process.pid, database.server.pid]),
    }
    const what = `load ${rows} rows x 14 columns: types, quarantine, primary key, receipt`
    return [
      measure(`${what}`, load.ours, 'ms', timesLimit(2.5), load.raw),
      measure('the same, rows a second', (rows / load.ours) * 1000, 'rows/s', noBar, (rows / load.raw) * 1000),
      measure(`${what}, 4 foreign keys with 1 % orphans`, linked.ours, 'ms', timesLimit(2.5), linked.raw),
      ...(await wholeStep(everyday, scratch.dir)),
      ...(await smallLoads(everyday)),
      ...(await readerBeside(everyday)),
      ...(await intoFullTable(everyday)),
      ...(await linkedIntoFullTable(everyday)),
      ...(await diffOfTables(database.server.url('postgres'), await database.url('declared'), scaled(200), scratch.dir)),
    ]
  } finally {
    await pool.end()
  }
}

type Files = Readonly<Record<'good' | 'some' | 'unreadable' | 'orphans', string>>

async function writeFiles(rows: number, files: Files, few: string): Promise<void> {
  const duckdb = await openDuckDB()
  try {
    const connection = await duckdb.connect()
    await writeSales(connection, files.good, rows, {})
    await writeSales(connection, files.some, Math.ceil(rows / 10), {})
    await writeSales(connection, few, 120, {})
    await writeSales(connection, files.unreadable, rows, { unreadable: unreadableEvery })
    await writeSales(connection, files.orphans, rows, { orphans: orphanEvery })
  } finally {
    duckdb.close()
  }
}

async function createTables(pool: Pool): Promise<void> {
  for (const { table, rows } of Object.values(dimensions)) {
    for (const statement of createTableSql(table)) await pool.query(statement)
    await pool.query(`insert into ${quoteTable(table.name)} select id, 'row ' || id, 0 from generate_series(1, ${rows}) id`)
  }
  for (const statement of [sales, linkedSales].flatMap((table) => createTableSql(table))) await pool.query(statement)
  const bare = Object.entries(sales.columns).map(([name, { type }]) => `${quoteIdentifier(name)} ${postgresType(type)}`)
  await pool.query(`create table bare (${bare.join(', ')})`)
  await pool.query('analyze')
}

interface Load {
  readonly table: AnyDataset
  readonly source: string
  readonly given: Readonly<Record<string, ColumnType>>
  readonly quarantined: number
}

/** All tables are emptied and the server's dirty pages written before each turn. */
async function compare(
  warehouse: Warehouse,
  rows: number,
  times: number,
  { table, source, given, quarantined }: Load,
  raw: string,
): Promise<{ readonly ours: number; readonly raw: number }> {
  const { pool } = warehouse
  const before = async (): Promise<void> => {
    await pool.query('truncate public.sales, public.linked_sales, bare')
    await pool.query('checkpoint')
  }
  return await pairs(
    times,
    {
      before,
      run: async () => {
        const receipt = await warehouse.loadBatch({ write: nextWrite(), table, mode: 'append', columns, source, given })
        if (receipt.rowsWritten !== rows - quarantined || receipt.rowsQuarantined !== quarantined) {
          throw new Error(`${receipt.rowsWritten} rows written, ${receipt.rowsQuarantined} quarantined`)
        }
      },
    },
    { before, run: () => pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', raw)) },
  )
}

let batch = 0

const nextWrite = () => ({
  project: 'bench',
  pipeline: 'bench',
  task: 'load_sales',
  run: 'bench',
  attempt: 1,
  dataset: 'bench:warehouse.public.sales',
  batch: `batch-${++batch}`,
  generation: 1,
  logicalTime: Date.UTC(2026, 0, 1),
  inputs: [],
})
