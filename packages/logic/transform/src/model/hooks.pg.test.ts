import { dataset, ephemeral, integer, type Model, model, type Sql, sql, text } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { writeTo } from '@sluice/lake/testing'
import { openWarehouse, type Warehouse } from '@sluice/warehouse'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const columns = { shop: text({ notNull: true }), n: integer() }
const sales = dataset('public.sales', { on: 'warehouse', columns })
const totals = dataset('public.totals', { on: 'warehouse', columns, key: ['shop'] })
const seen = dataset('public.seen', { on: 'warehouse', as: 'view', columns })
const paid = ephemeral('paid_sales', {
  on: 'warehouse',
  columns,
  from: { sales },
  query: ({ sales }) => sql`select shop, n, n as more from ${sales} where n > ${1} -- those`,
})

let demo: TestWarehouse
let warehouse: Warehouse
beforeAll(async () => {
  demo = await testWarehouse(sales, totals)
  warehouse = demo.warehouse
  await warehouse.pool.query('create table noted (at serial, what text, rows bigint)')
})
afterAll(() => demo.close())
beforeEach(async () => {
  await warehouse.pool.query('drop view if exists seen; truncate sales, totals, noted, sluice_loads, sluice_quarantine, sluice_views')
  await warehouse.pool.query(`insert into sales values ('a', 1, 0), ('a', 2, 0), ('b', 5, 0)`)
})

const note = (what: string): Sql<'warehouse.public.totals'> =>
  sql`insert into noted (what, rows) select ${what}, count(*) from ${totals}` as never
const summed = sql`select shop, sum(n) as n from ${paid} group by shop`
const modelOf = (after: readonly Sql[] = [note('after')], refresh: 'full' | 'key' = 'full'): Model =>
  model({ into: totals, from: { sales }, refresh, hooks: { before: [note('before')], after }, query: () => summed }) as unknown as Model
const run = (of: Model, tick: number, at = warehouse) =>
  runWarehouseModel({
    model: of,
    write: { ...writeTo('bronze.x', { tick }), dataset: `demo:${of.into.id}`, batch: `${of.name}-${tick}` },
    reading: testReading([sales, totals, seen]),
    warehouse: at,
  })
const noted = () => warehouse.pool.query('select what, rows from noted order by at')

test('a query that models share stands in their SQL with its columns alone', async () => {
  await run(modelOf(), 1)
  expect(await warehouse.pool.query('select shop, n from totals order by 1')).toEqual([
    { shop: 'a', n: 2 },
    { shop: 'b', n: 5 },
  ])
  const more = model({ into: totals, from: { sales }, refresh: 'full', query: () => sql`select shop, more as n from ${paid}` })
  await expect(run(more as unknown as Model, 2)).rejects.toMatchObject({ message: expect.stringContaining('column "more" does not exist') })
})

test('hooks run before and behind the write, in its transaction, and not again for a replay', async () => {
  await run(modelOf(), 1)
  expect(await noted()).toEqual([
    { what: 'before', rows: 0 },
    { what: 'after', rows: 2 },
  ])
  await run(modelOf(), 1)
  expect(await noted()).toHaveLength(2)
  const view = model({
    into: seen,
    from: { sales },
    refresh: 'view',
    hooks: { after: [sql`insert into noted (what) select shop from ${seen} limit 1`] },
    query: ({ sales }) => sql`select shop, n from ${sales}`,
  })
  await run(view as unknown as Model, 2)
  expect((await noted()).at(-1)).toEqual({ what: 'a', rows: null })
})

test('a hook that fails takes the write and the hooks before it with it', async () => {
  await expect(run(modelOf([note('after'), sql`select 1 / 0`]), 1)).rejects.toMatchObject({
    code: 'warehouse.failed',
    message: 'hook 2 after the write: PostgreSQL: division by zero',
  })
  await expect(run(modelOf([sql`select 1; commit`]), 1)).rejects.toMatchObject({ message: expect.stringContaining('multiple commands') })
  expect(await noted()).toEqual([])
  expect(await warehouse.pool.query('select from totals')).toEqual([])
  expect(() => modelOf([sql`/* so */ commit`])).toThrow('is of transactions, and hooks are inside of one')
})

test('hooks of two pipelines at one moment take turns with their writes', async () => {
  const wide = openWarehouse({ database: { url: demo.url }, project: 'demo', maxConnections: 6 })
  try {
    await Promise.all([1, 2, 3, 4, 5, 6].map((tick) => run(modelOf([note('after')], 'key'), tick, wide)))
  } finally {
    await wide.close()
  }
  expect((await noted()).filter(({ what }) => what === 'after')).toEqual(Array(6).fill({ what: 'after', rows: 2 }))
})
