import { dataset, date, decimal, integer, type Model, model, rawSql, sql, text, timestamp, within } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { DatasetRef } from '@sluice/core'
import { writeTo } from '@sluice/lake/testing'
import type { Warehouse } from '@sluice/warehouse'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const prices = dataset('public.prices', {
  on: 'warehouse',
  columns: { asset: text({ notNull: true }), at: timestamp({ notNull: true }), usd: decimal(38, 18) },
  key: ['asset', 'at'],
})

/** One row a run: the batch at hand in numbers. */
const stats = dataset('public.stats', {
  on: 'warehouse',
  columns: {
    at: timestamp({ notNull: true }),
    assets: integer({ notNull: true }),
    mean: decimal(38, 4),
    label: text({ oneOf: ["it's", 'a', 'b', 'c', 'd'] }),
    made: timestamp({ notNull: true, default: 'now()' }),
    twice: integer({ generated: 'assets * 2' }),
  },
  key: ['at', 'label'],
  checks: [within('assets', { min: 1, max: 2 })],
})
const plain = (definition: unknown) => definition as Model
const count = plain(
  model({
    into: stats,
    from: { prices },
    refresh: 'key',
    query: ({ prices }, { interval }) => sql`
      select ${interval.end} as at, count(*) as assets, round(avg(usd), 4) as mean, ${"it's"} as label from ${prices.batch} -- only these`,
  }),
)

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse(prices, stats)
  warehouse = demo.warehouse
})
beforeEach(() => warehouse.pool.query('truncate prices, stats, sluice_loads, sluice_quarantine'))
afterAll(() => demo.close())

const hour = 3_600_000
const writeFor = (name: string, generation: number, tick: number) => ({
  ...writeTo('bronze.x', { generation, tick }),
  dataset: `demo:warehouse.${name}`,
})

async function loaded(tick: number, csv: string, generation = 0): Promise<DatasetRef> {
  const write = writeFor('public.prices', generation, tick)
  async function* source() {
    yield csv
  }
  return refTo(
    'warehouse',
    await warehouse.loadBatch({ write, table: prices, mode: 'append', columns: ['asset', 'at', 'usd'], source: source() }),
  )
}

const run = (of: Model, tick: number, batch: readonly DatasetRef[] = [], generation = 0) =>
  runWarehouseModel({
    model: of,
    write: { ...writeFor(of.name, generation, tick), batch: `${of.name}-${tick}` },
    reading: testReading([prices, stats], {
      batches: { [prices.id]: batch },
      interval: { start: (tick - 1) * hour, end: tick * hour },
    }),
    warehouse,
  })

const rows = () => warehouse.pool.query('select at, assets, mean, label, twice from stats order by at')

test('a model reads the rows of the batch its run loaded, with tables, values and instants, and its receipt names what it read', async () => {
  const first = await loaded(1, 'btc,1970-01-01 01:00:00Z,10\neth,1970-01-01 01:00:00Z,5\n')
  const second = await loaded(2, 'btc,1970-01-01 02:00:00Z,30\n')
  const receipt = await run(count, 1, [first])
  expect(receipt).toMatchObject({
    dataset: 'demo:warehouse.public.stats',
    rowsIn: 1,
    rowsWritten: 1,
    mode: 'upsert',
    inputs: [{ dataset: first.dataset, batch: first.batch, version: first.version }],
  })
  await run(count, 2, [second])
  expect(await rows()).toEqual([
    { at: hour, assets: 2, mean: '7.5000', label: "it's", twice: 4 },
    { at: 2 * hour, assets: 1, mean: '30.0000', label: "it's", twice: 2 },
  ])
  await expect(run(count, 3, [first, second])).rejects.toMatchObject({
    code: 'quality.failed',
    facts: { rules: [{ rule: 'within(assets)' }] },
  })
})

test('a replay is answered with the first receipt; a raised generation reads the raised batch and replaces its row', async () => {
  const first = await loaded(1, 'btc,1970-01-01 01:00:00Z,10\n')
  const receipt = await run(count, 1, [first])
  const raised = await loaded(1, 'btc,1970-01-01 01:00:00Z,11\neth,1970-01-01 01:00:00Z,12\n', 1)
  expect(await run(count, 1, [raised])).toEqual({ ...receipt, replayed: true })
  expect(await rows()).toMatchObject([{ assets: 1, mean: '10.0000' }])
  await run(count, 1, [raised], 1)
  expect(await rows()).toMatchObject([{ assets: 2, mean: '11.5000' }])
})

test('rows that break a rule of the dataset or do not fit its columns go to quarantine', async () => {
  await loaded(
    1,
    'a,1970-01-01 01:00:00Z,1\nb,1970-01-01 01:00:00Z,1.5\nc,1970-01-01 01:00:00Z,3\nd,1970-01-01 01:00:00Z,\ne,1970-01-01 01:00:00Z,1\n',
  )
  const each = model({
    into: stats,
    from: { prices },
    refresh: 'full',
    query: ({ prices }, { interval }) =>
      sql`select ${interval.end} as at, usd as assets, null::text as mean, asset as label from ${prices} order by asset`,
  })
  expect(await run(plain(each), 1)).toMatchObject({ rowsIn: 5, rowsWritten: 1, rowsQuarantined: 4 })
  expect((await warehouse.quarantine()).map(({ rule, cells }) => [cells.label, rule])).toEqual([
    ['b', 'exact(assets)'],
    ['c', 'within(assets)'],
    ['d', 'not_null(assets)'],
    ['e', 'accepted(label)'],
  ])
})

test('a column with a default may be given or left to the database, one that it computes may not be given', async () => {
  const giving = (columns: string) =>
    plain(
      model({
        into: stats,
        refresh: 'full',
        query: (_, { interval }) => sql`select ${interval.end} as at, 1 as assets, 1 as mean, 'a' as label${rawSql(columns)}`,
      }),
    )
  await run(giving(", timestamptz '2026-01-01 00:00:00Z' as made"), 1)
  expect(await warehouse.pool.query('select made from stats')).toEqual([{ made: Date.UTC(2026, 0, 1) }])
  await run(giving(''), 2)
  await expect(run(giving(', 2 as twice'), 3)).rejects.toMatchObject({ code: 'definition.invalid', facts: { extra: ['twice'] } })
})

test.each([
  ['select current_date as day', 'current_date'],
  ['select clock_timestamp() as day', 'clock_timestamp'],
  ["select 'today'::date as day", "'today'"],
  ["select date 'Yesterday' as day", "'yesterday'"],
  ["select cast('now' as timestamp) as day", "'now'"],
  ["select timestamp with time zone ' now ' as day", "' now '"],
])('a model that reads the clock is refused: %s', async (query, word) => {
  const into = dataset('public.stats', { on: 'warehouse', columns: { day: date() } })
  const clocked = model({ into, refresh: 'full', query: () => sql`${rawSql(query)}` })
  await expect(run(plain(clocked), 1)).rejects.toMatchObject({ code: 'definition.invalid', facts: { word } })
})

test('words that only look like the clock pass', async () => {
  const worded = model({
    into: stats,
    refresh: 'full',
    query: (_, { interval }) => sql`select ${interval.end} as at, length('today') - 4 as assets, 1 as mean, 'a' as label`,
  })
  expect(await run(plain(worded), 1)).toMatchObject({ rowsWritten: 1, mode: 'full' })
})

test('of no batch there are no rows', async () => {
  await loaded(1, 'btc,1970-01-01 01:00:00Z,10\n')
  const listed = model({
    into: stats,
    from: { prices },
    refresh: 'batch',
    query: ({ prices }, { interval }) => sql`select ${interval.end} as at, 1 as assets, usd as mean, 'a' as label from ${prices.batch}`,
  })
  expect(await run(plain(listed), 1)).toMatchObject({ rowsIn: 0, rowsWritten: 0, status: 'written' })
})

test('a run of a time that a retention has shortened is refused, and what is there stays; its replay is answered as before', async () => {
  const kept = dataset('public.prices', { on: 'warehouse', columns: prices.columns, key: ['asset', 'at'], order: 'at', keep: '1d' })
  const newest = plain(
    model({
      into: stats,
      from: { kept },
      refresh: 'key',
      query: ({ kept }, { interval }) =>
        sql`select ${interval.end} as at, count(*) as assets, round(avg(usd), 4) as mean, 'a' as label from ${kept.since('2h')}`,
    }),
  )
  const runKept = (tick: number, generation: number) =>
    runWarehouseModel({
      model: newest,
      write: { ...writeFor(newest.name, generation, tick), batch: `${newest.name}-${tick}` },
      reading: testReading([kept, stats], { interval: { start: (tick - 1) * hour, end: tick * hour } }),
      warehouse,
    })
  await loaded(1, 'btc,1970-01-01 01:00:00Z,10\n')
  await loaded(2, 'btc,1970-01-01 02:00:00Z,20\n')
  const first = await runKept(2, 0)
  const retained = { ...writeFor('public.prices', 0, 3), batch: 'cleaning' }
  await warehouse.retain({ write: retained, table: kept, column: 'at', before: 2 * hour, timeZone: 'UTC' })
  await expect(runKept(2, 1)).rejects.toMatchObject({
    code: 'warehouse.expired',
    message: expect.stringContaining('warehouse.public.prices keeps no rows before 1970-01-01T02:00:00.000Z'),
  })
  expect(await runKept(2, 0)).toEqual({ ...first, replayed: true })
  expect(await rows()).toMatchObject([{ at: 2 * hour, assets: 2, mean: '15.0000' }])
  await loaded(4, 'btc,1970-01-01 04:00:00Z,40\n')
  expect(await runKept(5, 0)).toMatchObject({ rowsWritten: 1 })
})
