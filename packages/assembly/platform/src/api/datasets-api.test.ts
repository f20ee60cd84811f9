import { check, dataset, decimal, foreignKey, graphOf, model, pipeline, raw, sql, task, text, timestamp, within } from '@sluice/author'
import type { LedgerEntry } from '@sluice/engine'
import { testClock } from '@sluice/testing'
import { expect, test } from 'vitest'
import { datasetsApi } from './datasets-api.ts'

const clock = testClock('2026-11-29T12:00:00Z')
const started = clock.now()

const answers = dataset('bronze.answers', { on: 'lake', bodies: raw(), keep: '30d', order: 'ingested_at', fresh: '45m' })
const prices = dataset('public.prices', {
  on: 'warehouse',
  owner: 'data-team',
  tags: ['report'],
  fresh: '1h',
  columns: {
    coin: text({ max: 20, comment: 'Its symbol' }),
    at: timestamp({ notNull: true }),
    usd: decimal(38, 18),
    who: text({ personal: true, oneOf: ['ada', 'bob'] }),
  },
  key: ['coin', 'at'],
  order: 'at',
  checks: [within('usd', { min: 0 })],
})
const other = dataset('public.other', { on: 'warehouse', columns: { coin: text(), at: timestamp() }, key: ['coin', 'at'] })

const land = task({ name: 'land', fills: [answers], run: () => 1 })
const fill = model({
  into: prices,
  refresh: 'full',
  query: () => sql`select 'a' as coin, timestamptz '2026-01-01Z' as at, 1 as usd, null as who`,
})
const enough = check({ name: 'enough', on: prices, rule: sql`select true from ${prices}`, message: 'too few' })
const { spec } = graphOf(pipeline({ name: 'daily', steps: [land, fill, enough] }))
const keys = [foreignKey({ from: other, columns: ['coin', 'at'], to: prices })]
const shop = { name: 'shop', datasets: [other, prices, answers], keys, specs: [spec] }

const entry = (of: { readonly id: string }): LedgerEntry => ({
  dataset: `shop:${of.id}`,
  batch: 'b1',
  generation: 1,
  status: 'written',
  reason: null,
  version: 'v',
  inputs: [],
  rowsIn: 3,
  rowsWritten: 2,
  rowsQuarantined: 1,
  bytes: 10,
  credits: 0,
  writtenAt: started,
  replayed: false,
  id: '1',
  project: 'shop',
  pipeline: 'daily',
  run: 'r1',
  task: 'public.prices',
  attempt: 1,
  recordedAt: started,
})
const api = datasetsApi(
  async () => [shop, { ...shop, name: 'empty', datasets: [], keys: [], specs: [] }],
  { newestBatches: async (ids) => [entry(prices)].filter(({ dataset }) => ids.includes(dataset)) },
  clock.now,
)

test('a dataset is shown with what it declares, who fills and reads it, and its newest batch', async () => {
  const all = await api.all()
  expect(all.map(({ dataset }) => dataset)).toEqual([
    'shop:lake.bronze.answers',
    'shop:warehouse.public.other',
    'shop:warehouse.public.prices',
  ])
  expect(all[2]).toEqual({
    dataset: 'shop:warehouse.public.prices',
    project: 'shop',
    store: 'warehouse',
    name: 'public.prices',
    description: null,
    owner: 'data-team',
    tags: ['report'],
    keep: null,
    fresh: '1h',
    freshness: { state: 'fresh', dueAt: started + 3_600_000, lateMs: null },
    newestBatch: {
      batch: 'b1',
      generation: 1,
      writtenAt: started,
      rowsWritten: 2,
      rowsQuarantined: 1,
      pipeline: 'daily',
      task: 'public.prices',
      run: 'r1',
    },
    holds: 'rows',
    columns: [
      { name: 'coin', type: 'text(20)', notNull: true, personal: false, filled: false, oneOf: null, comment: 'Its symbol' },
      { name: 'at', type: 'timestamp', notNull: true, personal: false, filled: false, oneOf: null, comment: null },
      { name: 'usd', type: 'decimal(38, 18)', notNull: false, personal: false, filled: false, oneOf: null, comment: null },
      { name: 'who', type: 'text', notNull: false, personal: true, filled: false, oneOf: ['ada', 'bob'], comment: null },
    ],
    key: ['coin', 'at'],
    order: 'at',
    checks: expect.arrayContaining([
      { id: 'within(usd)', message: expect.any(String) },
      { id: 'unique(coin,at)', message: expect.any(String) },
      { id: 'accepted(who)', message: expect.any(String) },
    ]),
    references: [],
    filledBy: [{ pipeline: 'daily', step: 'public.prices', kind: 'model' }],
    readBy: [{ pipeline: 'daily', step: 'enough', kind: 'check' }],
  })
  expect(all[1]?.references).toEqual([{ columns: ['coin', 'at'], to: 'warehouse.public.prices', on: ['coin', 'at'] }])
  expect(all[0]).toMatchObject({ holds: 'bodies, a row each', keep: '30d', newestBatch: null, readBy: [] })
})

test('each is judged by the clock: late once its newest batch is too old, whoever never wrote is not', async () => {
  const states = async () => (await api.all('shop')).map(({ name, freshness }) => [name, freshness.state])
  expect(await states()).toEqual([
    ['bronze.answers', 'never_written'],
    ['public.other', 'no_expectation'],
    ['public.prices', 'fresh'],
  ])
  clock.advance(3_600_001)
  expect(await states()).toContainEqual(['public.prices', 'late'])
})

test('a project without datasets has none, and an unknown project is said', async () => {
  expect(await api.all('empty')).toEqual([])
  await expect(api.all('shp')).rejects.toMatchObject({ code: 'not_found', next: 'Known are: shop, empty.' })
})
