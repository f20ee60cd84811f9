import {
  accepted,
  type Check,
  date,
  decimal,
  integer,
  load,
  type Model,
  model,
  notNull,
  rawSql,
  sql,
  table,
  tableOfModel,
  text,
  timestamp,
  within,
} from '@sluice/author'
import type { DatasetRef, Receipt } from '@sluice/core'
import { writeTo } from '@sluice/lake/testing'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { createTableSql, openWarehouse, platformMigrations, type Warehouse } from '@sluice/warehouse'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const prices = table({
  name: 'public.prices',
  columns: { asset: text({ notNull: true }), at: timestamp({ notNull: true }), usd: decimal(38, 18) },
  key: ['asset', 'at'],
})
const lakePrices = model({
  name: 'silver.prices',
  on: 'lake',
  columns: prices.columns,
  refresh: { by: 'batch' },
  query: () => sql`select 1`,
})
const loadPrices = load({ from: lakePrices, into: prices, mode: 'append' })

/** One row a run: the batch at hand in numbers. */
const stats = model({
  name: 'public.stats',
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), assets: integer(), mean: decimal(38, 4), label: text() },
  refresh: { by: 'key', key: ['at'] },
  checks: [notNull('assets'), within('assets', { min: 1 }), accepted('label', ["it's"])],
  query: ({ batch, interval }) => sql`
    select ${interval.end} as at, count(*) as assets, round(avg(usd), 4) as mean, ${"it's"} as label
    from ${loadPrices} where ${batch.rows} -- only these`,
})

let database: TestDatabase
let warehouse: Warehouse

beforeAll(async () => {
  database = await testDatabase({ migrations: await platformMigrations() })
  warehouse = openWarehouse({ database: { url: database.url }, project: 'demo' })
  for (const statement of [prices, tableOfModel(stats)].flatMap(createTableSql)) await warehouse.pool.query(statement)
})
beforeEach(() => warehouse.pool.query('truncate prices, stats, sluice_loads, sluice_quarantine'))
afterAll(async () => {
  await warehouse.close()
  await database.drop()
})

const hour = 3_600_000
const writeFor = (name: string, generation: number, tick: number) => ({
  ...writeTo('bronze.x', { generation, tick }),
  dataset: `demo:warehouse.${name}`,
})

const refOfReceipt = ({ dataset, batch, generation, version, rowsWritten }: Receipt): DatasetRef => ({
  store: 'warehouse',
  dataset,
  batch,
  generation,
  version,
  rows: rowsWritten,
})

async function loaded(tick: number, csv: string, generation = 0): Promise<DatasetRef> {
  const write = writeFor('public.prices', generation, tick)
  async function* source() {
    yield csv
  }
  return refOfReceipt(
    await warehouse.loadBatch({ write, table: prices, mode: 'append', columns: ['asset', 'at', 'usd'], source: source() }),
  )
}

const run = (of: Model, tick: number, refs: Readonly<Record<string, DatasetRef>> = {}, generation = 0) =>
  runWarehouseModel({
    model: of,
    write: { ...writeFor(of.name, generation, tick), batch: `${of.name}-${tick}` },
    refs,
    interval: { start: (tick - 1) * hour, end: tick * hour },
    warehouse,
  })

const rows = () => warehouse.query(sql`select at, assets, mean, label from ${stats} order by at`)

test('a model reads the rows of the batch its run loaded, with tables, values and instants, and its receipt names what it read', async () => {
  const first = await loaded(1, 'btc,1970-01-01 01:00:00Z,10\neth,1970-01-01 01:00:00Z,5\n')
  const second = await loaded(2, 'btc,1970-01-01 02:00:00Z,30\n')
  const receipt = await run(stats, 1, { [loadPrices.name]: first })
  expect(receipt).toMatchObject({
    dataset: 'demo:warehouse.public.stats',
    rowsIn: 1,
    rowsWritten: 1,
    mode: 'upsert',
    inputs: [{ dataset: first.dataset, batch: first.batch, version: first.version }],
  })
  await run(stats, 2, { [loadPrices.name]: second })
  expect(await rows()).toEqual([
    { at: hour, assets: 2, mean: '7.5000', label: "it's" },
    { at: 2 * hour, assets: 1, mean: '30.0000', label: "it's" },
  ])
})

test('a replay is answered with the first receipt; a raised generation reads the raised batch and replaces its row', async () => {
  const first = await loaded(1, 'btc,1970-01-01 01:00:00Z,10\n')
  const receipt = await run(stats, 1, { [loadPrices.name]: first })
  const raised = await loaded(1, 'btc,1970-01-01 01:00:00Z,11\neth,1970-01-01 01:00:00Z,12\n', 1)
  expect(await run(stats, 1, { [loadPrices.name]: raised })).toEqual({ ...receipt, replayed: true })
  expect(await rows()).toMatchObject([{ assets: 1, mean: '10.0000' }])
  await run(stats, 1, { [loadPrices.name]: raised }, 1)
  expect(await rows()).toMatchObject([{ assets: 2, mean: '11.5000' }])
})

test('rows that break a check of the model or do not fit its columns go to quarantine', async () => {
  await loaded(1, 'a,1970-01-01 01:00:00Z,1\nb,1970-01-01 01:00:00Z,1.5\nc,1970-01-01 01:00:00Z,3\nd,1970-01-01 01:00:00Z,\n')
  const checks: Check<'assets'>[] = [within('assets', { max: 2 }), notNull('assets')]
  const each = model({
    ...{ name: 'public.stats', on: 'warehouse', columns: stats.columns, refresh: { by: 'batch' } },
    checks,
    query: ({ interval }) =>
      sql`select ${interval.end} as at, usd as assets, null::text as mean, asset as label from ${prices} order by asset`,
  })
  const summary = await run(each, 1)
  expect(summary).toMatchObject({ rowsIn: 4, rowsWritten: 1, rowsQuarantined: 3 })
  expect((await warehouse.quarantine()).map(({ rule, row }) => [row.label, rule])).toEqual([
    ['b', 'exact(assets)'],
    ['c', 'within(assets)'],
    ['d', 'not_null(assets)'],
  ])
})

test.each([
  ['select current_date as day', 'current_date'],
  ['select clock_timestamp() as day', 'clock_timestamp'],
  ["select 'today'::date as day", "'today'"],
  ["select date 'Yesterday' as day", "'yesterday'"],
  ["select cast('now' as timestamp) as day", "'now'"],
  ["select timestamp with time zone ' now ' as day", "' now '"],
])('a model that reads the clock is refused: %s', async (query, word) => {
  const clocked = model({
    name: 'public.stats',
    on: 'warehouse',
    columns: { day: date() },
    refresh: { by: 'full' },
    query: () => sql`${rawSql(query)}`,
  })
  await expect(run(clocked, 1)).rejects.toMatchObject({ code: 'definition.invalid', facts: { word } })
})

test('words that only look like the clock pass', async () => {
  const worded = model({
    ...{ name: 'public.stats', on: 'warehouse', columns: stats.columns, refresh: { by: 'full' } },
    query: ({ interval }) => sql`select ${interval.end} as at, 1 as assets, 1 as mean, 'today' as label`,
  })
  expect(await run(worded, 1)).toMatchObject({ rowsWritten: 1, mode: 'full' })
})

test('the rows of a batch are refused where the model reads no batch', async () => {
  const plain = model({
    ...{ name: 'public.stats', on: 'warehouse', columns: stats.columns, refresh: { by: 'batch' } },
    query: ({ batch }) => sql`select * from ${prices} where ${batch.rows}`,
  })
  await expect(run(plain, 1)).rejects.toMatchObject({ code: 'definition.invalid', next: expect.stringContaining('load') })
})
