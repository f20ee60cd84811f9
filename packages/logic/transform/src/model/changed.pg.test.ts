import {
  type Attempt,
  type Columns,
  dataset,
  decimal,
  integer,
  json,
  type Model,
  model,
  sql,
  text,
  timestamp,
  type WhenChanged,
} from '@sluice/author'
import { refTo, testAttempt } from '@sluice/author/testing'
import { type Receipt, scheduledRunKey } from '@sluice/core'
import { page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { transformCapability } from '../capability/index.ts'

const landed = dataset('bronze.prices', { on: 'lake', bodies: json('$[*]', { id: text(), price: text() }) })
const columns = { id: text({ notNull: true }), price: decimal(10, 2) } satisfies Columns
const prices = dataset('silver.prices', { on: 'lake', columns })
const wide = dataset('silver.prices', { on: 'lake', columns: { ...columns, note: text() } })
const counts = dataset('public.counts', {
  on: 'warehouse',
  columns: { n: integer({ notNull: true }), at: timestamp({ notNull: true }) },
  key: ['at'],
})

let demo: TestWarehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(counts)
})
afterAll(() => demo.close())
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const hour = 3_600_000
async function land(tick: number): Promise<Receipt> {
  const body = JSON.stringify([{ id: `k${tick}`, price: String(tick) }])
  return await at.lake.land(
    { ...writeTo('bronze.prices', { tick: tick * hour }), pipeline: 'q' },
    (async function* () {
      yield page(body, { receivedAt: tick * hour })
    })(),
  )
}

/** Runs a step as of an hour, and answers what it told. */
async function run(step: unknown, tick: number, refs: readonly Receipt[] = []): Promise<readonly string[]> {
  const told: string[] = []
  const tell = (message: string): void => {
    told.push(message)
  }
  const of = step as Model
  const attempt = testAttempt(of, {
    run: {
      id: `r${tick}`,
      project: 'demo',
      pipeline: 'q',
      key: scheduledRunKey(tick * hour),
      logicalTime: tick * hour,
      trigger: 'scheduled',
    },
    interval: { start: (tick - 1) * hour, end: tick * hour },
    batches: { written: async () => refs.map((ref) => refTo('lake', ref)), waiting: async () => [] },
    log: { debug: () => undefined, info: tell, warn: tell, error: tell },
  })
  const steps = transformCapability({
    lake: async () => at.lake,
    warehouse: async () => demo.warehouse,
    asking: () => ({}) as never,
    database: () => ({}) as never,
    place: {} as never,
  }).steps as { readonly model: (attempt: Attempt) => Promise<unknown> }
  await steps.model(attempt)
  return told
}

const once = (times: number, whenChanged?: WhenChanged) =>
  model({
    into: prices,
    from: { landed },
    refresh: 'batch',
    ...(whenChanged === undefined ? {} : { whenChanged }),
    query: ({ landed }) => sql`select id, price::decimal(10,2) * ${times} as price from ${landed.batch}`,
  })
const spaced = model({
  into: prices,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }) => sql`
    select id,
      price::decimal(10,2) * ${1} as price from ${landed.batch}`,
})
const noted = model({
  into: wide,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }) => sql`select id, price::decimal(10,2) * ${1} as price, 'new' as note from ${landed.batch}`,
})

const rows = async () =>
  (await Array.fromAsync(at.lake.read('silver.prices')))
    .flat()
    .map(({ id, price }) => `${id} ${price}`)
    .toSorted()
const changes = (told: readonly string[]) => told.filter((line) => line.includes('changed')).map((line) => line.split(':')[0])

test('a model of the lake that has changed is told, once, and what it says of itself by its spaces is not', async () => {
  expect(changes(await run(once(1), 1, [await land(1)]))).toEqual([])
  expect(changes(await run(spaced, 2, [await land(2)]))).toEqual([])
  const told = await run(once(10), 3, [await land(3)])
  expect(changes(told)).toEqual(['its SQL of model silver.prices changed'])
  expect(told.join()).toContain('sluice models rebuild silver.prices --dry-run')
  expect(changes(await run(once(10), 4, [await land(4)]))).toEqual([])
  expect(await rows()).toEqual(['k1 1.00', 'k2 2.00', 'k3 30.00', 'k4 40.00'])
  expect(changes(await run(noted, 5, [await land(5)]))).toEqual(['its SQL and its columns of model silver.prices changed'])
})

test('it is refused where the model wants that, and a run that is repeated is answered as before', async () => {
  const first = await land(1)
  await run(once(1, 'refuse'), 1, [first])
  const second = await land(2)
  await expect(run(once(10, 'refuse'), 2, [second])).rejects.toMatchObject({
    code: 'definition.invalid',
    message: expect.stringContaining("whenChanged: 'refuse'"),
  })
  await run(once(10, 'refuse'), 1, [first])
  expect(await rows()).toEqual(['k1 1.00'])
})

test('or the table is made anew from its batches first', async () => {
  await run(once(1, 'rebuild'), 1, [await land(1)])
  await run(once(1, 'rebuild'), 2, [await land(2)])
  const told = await run(once(10, 'rebuild'), 3, [await land(3)])
  expect(told).toContain('demo:lake.silver.prices was made anew, since its model changed: 2 batches')
  expect(await rows()).toEqual(['k1 10.00', 'k2 20.00', 'k3 30.00'])
  expect(changes(await run(once(10), 4, [await land(4)]))).toEqual([])
})

test('a model of the warehouse is told or refused, and no setting rebuilds it', async () => {
  const counted = (n: number, whenChanged: 'tell' | 'refuse') =>
    model({
      into: counts,
      refresh: 'key',
      whenChanged,
      query: (_, { interval }) => sql`select ${n}::integer as n, ${interval.end}::timestamptz as at`,
    })
  expect(changes(await run(counted(1, 'tell'), 1))).toEqual([])
  expect(changes(await run(counted(2, 'tell'), 2))).toEqual(['its SQL of model public.counts changed'])
  await expect(run(counted(3, 'refuse'), 3)).rejects.toMatchObject({ code: 'definition.invalid' })
  expect(await demo.warehouse.pool.query('select n from counts order by n')).toEqual([{ n: 1 }, { n: 2 }])
  expect(() => model({ into: counts, refresh: 'key', whenChanged: 'rebuild' as 'tell', query: () => sql`select 1 as n` })).toThrow(
    expect.objectContaining({ message: 'model public.counts: whenChanged is "rebuild"' }),
  )
})
