import { setTimeout as delay } from 'node:timers/promises'
import type { BatchWrite } from '@sluice/core'
import { copyIn, type Pool } from '@sluice/postgres'
import { quoteTable, type Warehouse } from '@sluice/warehouse'
import { atMost, type Measure, measure, median, pairs, timed, timesLimit } from '../measure.ts'
import { linkedSales, sales } from './sales.ts'

/** What the loads of a day are: few rows, rows that are there already, a full table, a dashboard beside them. */
export interface Everyday {
  readonly warehouse: Warehouse
  readonly pool: Pool
  readonly rounds: number
  /** CSV of good rows for `sales`. */
  readonly many: { readonly file: string; readonly rows: number }
  /** CSV of the first of them. */
  readonly some: { readonly file: string; readonly rows: number }
  /** The same many, of which some refer to nothing. */
  readonly orphans: { readonly file: string; readonly rows: number; readonly quarantined: number }
  /** CSV of 120 good rows. */
  readonly few: string
  /** Rows that the full table holds before. */
  readonly full: number
  readonly nextWrite: () => BatchWrite
  /** What work takes of the processors, client and server. */
  readonly cost: (work: () => Promise<unknown>) => Promise<number>
}

const columns = Object.keys(sales.columns)
const given = Object.fromEntries(Object.entries(sales.columns).map(([name, { type }]) => [name, type]))
const few = 120

/** A batch of 120 rows: the receipt, the order and the checks are most of it. */
export async function smallLoads({ warehouse, pool, rounds, few: source, nextWrite }: Everyday): Promise<readonly Measure[]> {
  const load = (mode: 'append' | 'upsert') => () =>
    warehouse.loadBatch({ write: nextWrite(), table: sales, mode, columns, source, given, rowsIn: few })
  const copy = () => pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', source))
  const empty = () => pool.query('truncate public.sales, bare')
  const append = await pairs(rounds * 5, { before: empty, run: load('append') }, { before: empty, run: copy })
  await empty()
  await load('append')()
  const upsert = await pairs(rounds * 5, { run: load('upsert') }, { run: copy })
  return [
    measure(`append of ${few} rows`, append.ours, 'ms', timesLimit(8), append.raw),
    measure(`upsert of ${few} rows that are there, over a COPY of them`, upsert.ours, 'ms', timesLimit(12), upsert.raw),
  ]
}

/** The same load into an empty table and into a full one, then an upsert of rows that are there. */
export async function intoFullTable({ warehouse, pool, many, some, full, nextWrite }: Everyday): Promise<readonly Measure[]> {
  const load = (mode: 'append' | 'upsert', { file, rows }: Everyday['many']) =>
    warehouse.loadBatch({ write: nextWrite(), table: sales, mode, columns, source: file, given, rowsIn: rows })
  await pool.query('truncate public.sales, bare')
  const empty = await timed(() => load('append', many))
  await pool.query('truncate public.sales')
  await pool.query(`insert into public.sales select -i, timestamptz '2020-01-01 00:00Z' + i * interval '1 second', 1, 1, 1, 1, 1, 1, 1, 1, 'EUR', null, null, 'r', 0
    from generate_series(1, ${full}) i`)
  await pool.query('vacuum analyze public.sales')
  const filled = await timed(() => load('append', many))
  await pool.query('vacuum analyze public.sales')
  const updated = await timed(() => load('upsert', some))
  const copied = await timed(() => pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', some.file)))
  return [
    measure(`load of ${many.rows} rows into a table of ${full}, over one into an empty table`, filled, 'ms', timesLimit(1.5), empty),
    measure(`upsert of ${some.rows} rows that are there into the full table, over a COPY of them`, updated, 'ms', timesLimit(40), copied),
  ]
}

/** A load with four references and orphans into a table that holds ten times its rows, in processor time over a COPY into a bare table. */
export async function linkedIntoFullTable({
  warehouse,
  pool,
  orphans,
  many,
  full,
  nextWrite,
  cost,
}: Everyday): Promise<readonly Measure[]> {
  const table = quoteTable(linkedSales.name)
  await pool.query(`truncate public.sales, bare, ${table}`)
  await pool.query(`insert into ${table} select -i, timestamptz '2020-01-01 00:00Z' + i * interval '1 second', 1, 1, 1, 1, 1, 1, 1, 1, 'EUR', null, null, 'r', 0
    from generate_series(1, ${full}) i`)
  await pool.query(`vacuum analyze ${table}`)
  await pool.query('checkpoint')
  const loaded = await cost(async () => {
    const write = { ...nextWrite(), dataset: `bench:warehouse.${linkedSales.name}` }
    const source = orphans.file
    const receipt = await warehouse.loadBatch({ write, table: linkedSales, mode: 'append', columns, source, given, rowsIn: orphans.rows })
    if (receipt.rowsQuarantined !== orphans.quarantined) throw new Error(`${receipt.rowsQuarantined} rows quarantined`)
  })
  const copied = await cost(() => pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', many.file)))
  const what = `load of ${orphans.rows} rows with 4 foreign keys and 1 % orphans into a table of ${full}, in processor time`
  return [measure(what, loaded, 'ms', timesLimit(2.5), copied)]
}

/** The longest wait of a query by key during a large load with foreign keys. One that scans the table reads past the rows under way. */
export async function readerBeside({ warehouse, pool, many, nextWrite }: Everyday): Promise<readonly Measure[]> {
  const table = quoteTable(linkedSales.name)
  await pool.query(`truncate ${table}`)
  const read = () => timed(() => pool.query(`select count(*) from ${table} where id = -1`))
  const alone: number[] = []
  for (let round = 0; round < 20; round++) alone.push(await read())
  let longest = 0
  const loaded = new AbortController()
  const reading = (async () => {
    while (!loaded.signal.aborted) {
      longest = Math.max(longest, await read())
      await delay(20)
    }
  })()
  const write = nextWrite()
  await warehouse.loadBatch({
    write: { ...write, dataset: `bench:warehouse.${linkedSales.name}` },
    table: linkedSales,
    mode: 'append',
    columns,
    source: many.file,
    given,
    rowsIn: many.rows,
  })
  loaded.abort()
  await reading
  return [
    measure(
      `longest wait of a reader beside a load of ${many.rows} rows with 4 foreign keys`,
      longest,
      'ms',
      atMost(100, 'ms'),
      median(alone),
    ),
  ]
}
