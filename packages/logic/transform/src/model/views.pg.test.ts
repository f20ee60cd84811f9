import { dataset, integer, type Model, model, type Sql, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { writeTo } from '@sluice/lake/testing'
import { type Pool, quoteLiteral } from '@sluice/postgres'
import { openWarehouse, type Warehouse } from '@sluice/warehouse'
import { dying, type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const columns = { shop: text({ notNull: true }), n: integer({ notNull: true }) }
const sales = dataset('public.sales', { on: 'warehouse', columns })
const named = dataset('public.named', { on: 'warehouse', as: 'view', columns: { shop: text({ comment: "it's a shop" }), n: integer() } })
const kept = dataset('mart.kept', { on: 'warehouse', as: 'materialized view', columns, key: ['shop'], indexes: ['n'] })
const plain = dataset('mart.plain', { on: 'warehouse', as: 'materialized view', columns: { n: integer({ notNull: true }) } })

const named1 = sql`select shop, n from ${sales} where shop <> ${"o'neill"} and n < ${100} -- those`
const modelOf = (into: unknown, from: unknown, query: Sql): Model =>
  model({
    into: into as typeof named,
    from: { from: from as typeof sales },
    refresh: 'view',
    query: () => query as never,
  }) as unknown as Model
const view = (query: Sql = named1) => modelOf(named, sales, query)
const keptOf = (query: Sql = sql`select shop, sum(n) as n from ${named} group by shop`) => modelOf(kept, named, query)
const plainOf = (query: Sql = sql`select sum(n) as n from ${kept}`) => modelOf(plain, kept, query)

let demo: TestWarehouse
let warehouse: Warehouse
let pool: Pool
beforeAll(async () => {
  demo = await testWarehouse(sales)
  warehouse = demo.warehouse
  pool = warehouse.pool
})
afterAll(() => demo.close())
beforeEach(async () => {
  await pool.query(
    'drop schema if exists mart cascade; drop view if exists named, by_hand cascade; truncate sales, sluice_loads, sluice_quarantine, sluice_views',
  )
  await pool.query(`insert into sales values ('a', 1, 0), ('a', 2, 0), ('b', 5, 0), ('o''neill', 9, 0), ('c', 100, 0)`)
})

const run = (of: Model, tick: number, generation = 0, at: Warehouse = warehouse) =>
  runWarehouseModel({
    model: of,
    write: { ...writeTo('bronze.x', { tick, generation }), dataset: `demo:${of.into.id}`, batch: `${of.name}-${tick}`, task: of.name },
    reading: testReading([sales, named, kept, plain]),
    warehouse: at,
  })
const all = async (tick: number): Promise<void> => {
  for (const each of [view(), keptOf(), plainOf()]) await run(each, tick)
}
const rows = (from: string) => pool.query(`select * from ${from} order by 1`)
const made = async () => ({
  views: await pool.query('select name, state from sluice_views order by name'),
  rows: [await rows('named'), await rows('mart.kept'), await rows('mart.plain')],
  loads: await pool.query('select batch, generation, rows_written from sluice_loads order by batch, generation'),
})

test('a view is what its query gives, with values in it, its columns as declared; its receipts say what was done, and a replay does nothing', async () => {
  expect(await run(view(), 1)).toMatchObject({ mode: 'view', rowsIn: 0, reason: 'the view was made', replayed: false })
  expect(await rows('named')).toEqual([
    { shop: 'a', n: 1 },
    { shop: 'a', n: 2 },
    { shop: 'b', n: 5 },
  ])
  expect(await run(view(), 1)).toMatchObject({ reason: 'the view was made', replayed: true })
  expect(await run(view(), 2)).toMatchObject({ reason: 'the view is what it was' })
  expect(await pool.query(`select col_description('named'::regclass, 1) as said`)).toEqual([{ said: "it's a shop" }])
  await pool.query('drop view named')
  expect(await run(view(), 2)).toMatchObject({ reason: 'the view was made', replayed: false })
})

test('a materialized view is refreshed by each run, beside those who read it where it has a key', async () => {
  await all(1)
  expect(await rows('mart.kept')).toEqual([
    { shop: 'a', n: 3 },
    { shop: 'b', n: 5 },
  ])
  await pool.query(`insert into sales values ('d', 1, 0)`)
  expect(await rows('mart.plain')).toEqual([{ n: 8 }])
  await pool.transaction(async (reader) => {
    await reader.query('select * from mart.kept')
    expect(await run(keptOf(), 2)).toMatchObject({ rowsWritten: 3, reason: 'the materialized view was refreshed' })
  })
  expect(await run(plainOf(), 2)).toMatchObject({ rowsWritten: 1 })
  expect(await rows('mart.plain')).toEqual([{ n: 9 }])
})

test('SQL or columns that have changed make a view anew, and what reads it with it; so does a change by hand', async () => {
  await all(1)
  expect(await run(view(sql`select shop, n * 10 as n from ${sales} where n < 100 and shop in ('a', 'b')`), 2)).toMatchObject({
    reason: 'the view was made anew: its SQL or its columns have changed',
  })
  expect(await rows('mart.plain')).toEqual([{ n: 80 }])
  await pool.query('create or replace view named as select shop, 1 as n from sales')
  expect(await run(view(), 3)).toMatchObject({ reason: expect.stringContaining('changed') })
  await pool.query('drop index mart.kept_n_idx')
  expect(await run(keptOf(), 3)).toMatchObject({ reason: 'the materialized view was made anew: somebody had changed it by hand' })
  expect(await rows('mart.plain')).toEqual([{ n: 8 }])
})

test('a view that others read does not go from under them', async () => {
  await all(1)
  const before = await made()
  const less = dataset('public.named', { on: 'warehouse', as: 'view', columns: { shop: text() } })
  await expect(run(modelOf(less, sales, sql`select shop from ${sales}`), 2)).rejects.toMatchObject({
    message: expect.stringContaining('column "n" does not exist'),
    next: expect.stringContaining('mart.kept reads public.named'),
  })
  await pool.query('create view by_hand as select * from named')
  await expect(run(view(sql`select shop, 1 as n from ${sales}`), 2)).rejects.toMatchObject({
    message: 'public.named has to be made anew, and public.by_hand reads it, which no model has made',
  })
  await pool.query('drop view by_hand')
  expect(await made()).toEqual(before)
})

test('what no model has made is left alone', async () => {
  await pool.query('create view named as select shop, n from sales')
  await expect(run(view(), 1)).rejects.toMatchObject({
    message: 'public.named is declared as a view, and a view has its name that no model has made',
    next: expect.stringContaining('drop view public.named'),
  })
  await pool.query('drop view named; create table named (n integer)')
  await expect(run(view(), 1)).rejects.toMatchObject({ message: expect.stringContaining('and a table has its name') })
  await pool.query('drop table named')
})

test('rows that a materialized view must not hold leave it as it was', async () => {
  await all(1)
  const before = await made()
  await expect(run(keptOf(sql`select shop, n from ${named}`), 2)).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringContaining('several rows under one key'),
  })
  await expect(run(keptOf(sql`select shop, null as n from ${named} where n > 1`), 2)).rejects.toMatchObject({
    message: 'mart.kept would hold rows that its columns do not allow: required(n): 2',
  })
  await expect(run(keptOf(sql`select shop as store, n from ${named}`), 2)).rejects.toMatchObject({ code: 'definition.invalid' })
  expect(await made()).toEqual(before)
})

test('a session that dies between any two statements changes nothing, and the next run ends as an undisturbed one', async () => {
  await all(1)
  const changed = view(sql`select shop, n + 1 as n from ${sales} where shop <> ${quoteLiteral('x')}`)
  const before = await made()
  const step = long ? 1 : 4
  for (let at = 1 + seeded(seedOfRun()).integer(step); ; at += step) {
    const { warehouse, statements } = dying(pool, at)
    const done = await run(changed, 2, 0, warehouse).then(
      () => true,
      () => false,
    )
    if (done) {
      expect(statements()).toBeGreaterThan(20)
      break
    }
    expect(await made()).toEqual(before)
  }
  expect((await made()).rows).toEqual([
    [
      { shop: 'a', n: 2 },
      { shop: 'a', n: 3 },
      { shop: 'b', n: 6 },
      { shop: 'c', n: 101 },
      { shop: "o'neill", n: 10 },
    ],
    [
      { shop: 'a', n: 5 },
      { shop: 'b', n: 6 },
      { shop: 'c', n: 101 },
      { shop: "o'neill", n: 10 },
    ],
    [{ n: 122 }],
  ])
})

test('several pipelines that refresh and change views at one moment neither wait for each other forever nor lose one', async () => {
  await all(1)
  const wide = openWarehouse({ database: { url: demo.url }, project: 'demo', maxConnections: 10 })
  try {
    await Promise.all(
      Array.from({ length: 12 }, (_, at) => {
        const of = [view(sql`select shop, n from ${sales} where ${at} = ${at} and n < 100`), keptOf(), plainOf(), view()][at % 4]
        return run(of as Model, 10 + at, 0, wide)
      }),
    )
  } finally {
    await wide.close()
  }
  await all(50)
  expect((await made()).rows[2]).toEqual([{ n: 8 }])
  expect(await pool.query('select count(*)::integer as n from sluice_loads')).toEqual([{ n: 18 }])
})
