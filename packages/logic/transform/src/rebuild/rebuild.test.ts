import { type AnyDataset, type Columns, dataset, decimal, integer, json, type Model, model, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { firstTick, page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunnableModel, runModel } from '../model/run.ts'
import { type RebuildOptions, rebuild } from './rebuild.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const landed = dataset('bronze.prices', { on: 'lake', bodies: json('$[*]', { id: text(), price: text() }) })
const minute = 60_000

const modelOf = (
  columns: Columns,
  of: { readonly refresh?: 'batch' | 'key' | 'full'; readonly key?: readonly string[] } = {},
): RunnableModel =>
  model({
    into: dataset('silver.prices', {
      on: 'lake',
      columns,
      ...(of.key === undefined ? {} : { key: of.key }),
      quarantine: { fail: 0.6 },
    } as never),
    from: { landed },
    refresh: (of.refresh ?? 'batch') as never,
    query: ({ landed }: { landed: typeof of & { batch: never } }) =>
      sql`select id, price from ${(of.refresh === 'full' ? landed : landed.batch) as never}`,
  } as never) as unknown as Model

/** Lands prices by id, and runs the model over them. */
async function run(of: RunnableModel, turn: number, prices: Readonly<Record<string, string>>, generation = 0) {
  const tick = firstTick + turn * minute
  const body = JSON.stringify(Object.entries(prices).map(([id, price]) => ({ id: id.split('.')[0], price })))
  const interval = { start: tick - minute, end: tick }
  const bronze = await at.lake.land(
    writeTo('bronze.prices', { tick }),
    (async function* () {
      yield page(body, { receivedAt: tick })
    })(),
  )
  const reading = testReading([landed, of.into as never], { batches: { [landed.id]: [refTo('lake', bronze)] }, interval })
  return await runModel({ model: of, write: { ...writeTo('silver.prices', { tick, generation }), interval }, reading, lake: at.lake })
}

const options = (of: RunnableModel, more: Partial<RebuildOptions> = {}): RebuildOptions => ({
  lake: at.lake,
  models: [of],
  datasets: new Map<string, AnyDataset>([[landed.id, landed as unknown as AnyDataset]]),
  timeZone: 'UTC',
  dryRun: false,
  by: 'a test',
  goOn: () => true,
  ...more,
})
const all = async (name: string) =>
  (await Array.fromAsync(at.lake.read(name))).flat().toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const rows = async () => (await all('silver.prices')).map(({ _batch, ...row }) => row)
const tables = async () => (await at.lake.tables()).map(({ name }) => name)

const narrow = { id: text({ notNull: true }), price: integer() }
const wide = { id: text({ notNull: true }), price: decimal(10, 2), note: text({ notNull: false }) }
const priced = { id: text({ notNull: true }), price: decimal(10, 2) }

test('a type that cannot change in place changes by a rebuild: rows that did not fit before come out of quarantine, and receipts say so', async () => {
  const before = modelOf(narrow)
  await run(before, 1, { a: '1', b: '1.5' })
  await run(before, 2, { c: '2', d: '3.25' })
  expect(await rows()).toEqual([
    { id: 'a', price: 1 },
    { id: 'c', price: 2 },
  ])
  const after = modelOf(priced)
  await expect(run(after, 3, { e: '9' })).rejects.toMatchObject({
    code: 'definition.invalid',
    next: expect.stringContaining('sluice models rebuild silver.prices'),
  })
  const plan = await rebuild(options(after, { dryRun: true }))
  expect(plan).toMatchObject({
    dataset: 'demo:lake.silver.prices',
    dryRun: true,
    columns: [{ column: 'price', from: 'integer', to: 'decimal(10,2)' }],
    batches: 2,
    byQuery: 2,
    byRows: [],
    made: 0,
    finished: false,
    rowsBefore: 2,
  })
  expect(await rows()).toHaveLength(2)
  const done = await rebuild(options(after))
  expect(done).toMatchObject({ finished: true, made: 2, rows: 4, quarantined: 0 })
  expect(done.receipts.map(({ rowsIn, rowsWritten, rowsQuarantined }) => [rowsIn, rowsWritten, rowsQuarantined])).toEqual([
    [2, 2, 0],
    [2, 2, 0],
  ])
  expect(await rows()).toEqual([
    { id: 'a', price: '1.00' },
    { id: 'b', price: '1.50' },
    { id: 'c', price: '2.00' },
    { id: 'd', price: '3.25' },
  ])
  expect(await all('silver.prices__quarantine')).toEqual([])
  expect((await at.lake.receipts('silver.prices')).map(({ rowsWritten }) => rowsWritten)).toEqual([2, 2])
  expect(await tables()).toEqual(['prices', 'prices', 'prices__quarantine'])
  expect(await run(after, 1, { a: '1', b: '1.5' })).toMatchObject({ replayed: true, rowsWritten: 2 })
  await run(after, 2, { c: '7' }, 1)
  await run(after, 3, { e: '9' })
  expect((await rows()).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('a rebuild goes on where it was left, and takes in what other runs wrote meanwhile', async () => {
  const same = modelOf(priced)
  for (const turn of [1, 2, 3]) await run(same, turn, { [`k${turn}`]: String(turn) })
  const changed = {
    ...same,
    sql: sql`select id, price::integer * 10 as price from ${{ kind: 'sql', parts: [{ kind: 'dataset', id: landed.id, rows: 'batch' }] } as never}`,
  }
  const once = options(changed, { goOn: () => false })
  expect(await rebuild(once)).toMatchObject({ made: 1, finished: false, rows: null })
  expect(await rebuild(once)).toMatchObject({ made: 2, finished: false })
  expect((await rows()).map(({ price }) => price)).toEqual(['1.00', '2.00', '3.00'])
  await run(same, 4, { k4: '4' })
  expect(await rebuild(once)).toMatchObject({ batches: 4, made: 3, finished: false })
  expect(await rebuild(once)).toMatchObject({ made: 4, finished: true, rows: 4 })
  expect((await rows()).map(({ price }) => price)).toEqual(['10.00', '20.00', '30.00', '40.00'])
})

test('batches whose bodies are kept no longer are converted from the rows that are there, and the plan says why', async () => {
  const before = modelOf(narrow)
  await run(before, 1, { a: '1', b: '1.5' })
  await run(before, 2, { c: '2' })
  const bronze = at.lake.storage.at('demo/bronze')
  for (const { path } of await bronze.walk('prices'))
    if (path.includes(writeTo('bronze.prices', { tick: firstTick + minute }).batch)) await bronze.delete(path)
  const after = modelOf({ ...wide, price: text() })
  const plan = await rebuild(
    options({
      ...after,
      sql: sql`select id, price, 'new' as note from ${{ kind: 'sql', parts: [{ kind: 'dataset', id: landed.id, rows: 'batch' }] } as never}`,
    }),
  )
  expect(plan).toMatchObject({
    finished: true,
    byQuery: 1,
    byRows: [{ reason: 'batches of lake.bronze.prices that it was made of are kept no longer', batches: 1 }],
  })
  expect(await rows()).toEqual([
    { id: 'a', price: '1', note: null },
    { id: 'c', price: '2', note: 'new' },
  ])
  expect(await all('silver.prices__quarantine')).toMatchObject([{ rule: 'exact(price)' }])
})

test('a rebuild by key has the latest row of each key, and a batch that is cleared afterwards gives way to the one before it', async () => {
  const before = modelOf(narrow)
  await run(before, 2, { a: '20', b: '2' })
  await run(before, 1, { a: '10', c: '3' })
  const byKey = modelOf(priced, { refresh: 'key', key: ['id'] })
  await expect(run(byKey, 3, { a: '30' })).rejects.toMatchObject({ next: expect.stringContaining('models rebuild') })
  expect(await rebuild(options(byKey))).toMatchObject({ finished: true, rows: 3 })
  await run(byKey, 3, { a: '30' })
  expect(await rows()).toEqual([
    { id: 'a', price: '30.00' },
    { id: 'b', price: '2.00' },
    { id: 'c', price: '3.00' },
  ])
  const again = modelOf({ ...priced, price: text() }, { refresh: 'key', key: ['id'] })
  expect(await rebuild(options(again))).toMatchObject({ finished: true, rows: 3, batches: 3 })
  expect((await rows())[0]).toEqual({ id: 'a', price: '30' })
  await at.lake.storage.at('demo/bronze').walk('prices')
  await runEmpty(again, 3)
  expect((await rows())[0]).toEqual({ id: 'a', price: '20' })
})

/** The batch of a turn, in a generation that brings nothing. */
async function runEmpty(of: RunnableModel, turn: number): Promise<void> {
  const tick = firstTick + turn * minute
  const nothing = { ...of, sql: sql`select 'x' as id, '1' as price where false` }
  await runModel({
    model: nothing,
    write: writeTo('silver.prices', { tick, generation: 1 }),
    reading: testReading([landed]),
    lake: at.lake,
  })
}

test('where more rows would go to quarantine than the dataset allows, the table stays as it was', async () => {
  const before = modelOf({ id: text(), price: text() })
  await run(before, 1, { a: 'cheap', b: 'dear', c: 'x', d: '4' })
  await expect(rebuild(options(modelOf(priced)))).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringContaining('3 of 4 rows'),
  })
  expect(await rows()).toHaveLength(4)
})

test('rows that no batch brought are never lost to a rebuild', async () => {
  const before = modelOf(priced)
  await run(before, 1, { a: '1' })
  const connection = await at.lake.connect()
  const { openTable } = await import('@sluice/delta')
  const table = await openTable(at.lake.storage.at('demo/silver/prices'), { connection: connection.raw })
  await table.append({ select: "SELECT 'z' AS id, 1.5::DECIMAL(10,2) AS price, NULL::VARCHAR AS _batch" })
  connection.close()
  await expect(rebuild(options(before, { dryRun: true }))).rejects.toMatchObject({
    message: expect.stringContaining('1 rows that no batch has brought'),
  })
})

test('versions are made anew from what was seen, and refused where that is gone', async () => {
  const into = dataset('silver.kept', {
    on: 'lake',
    columns: { id: text({ notNull: true }), since: timestamp({ notNull: true }), until: timestamp(), price: decimal(10, 2) },
    key: ['id', 'since'],
    versions: { from: 'since', to: 'until' },
  })
  const times = (by: number): RunnableModel =>
    model({
      into,
      from: { landed },
      refresh: 'scd2',
      query: ({ landed }, { interval }) =>
        sql`select id, ${interval.end} as since, price::decimal(10,2) * ${by} as price from ${landed.batch}`,
    }) as unknown as Model
  const runAt = async (of: RunnableModel, turn: number, price: string) => {
    const tick = firstTick + turn * minute
    const bronze = await at.lake.land(
      writeTo('bronze.prices', { tick }),
      (async function* () {
        yield page(JSON.stringify([{ id: 'a', price }]), { receivedAt: tick })
      })(),
    )
    const interval = { start: tick - minute, end: tick }
    const reading = testReading([landed as unknown as AnyDataset], { interval, batches: { [landed.id]: [refTo('lake', bronze)] } })
    return await runModel({ model: of, write: { ...writeTo('silver.kept', { tick }), interval }, reading, lake: at.lake })
  }
  const versions = async () =>
    (await all('silver.kept')).map(({ price, until }) => `${price} ${until === null ? 'holds' : 'ended'}`).toSorted()
  await runAt(times(1), 1, '1')
  await runAt(times(1), 2, '1')
  await runAt(times(1), 3, '2')
  expect(await versions()).toEqual(['1.00 ended', '2.00 holds'])
  expect(await rebuild(options(times(10)))).toMatchObject({ finished: true, batches: 3, byQuery: 3 })
  expect(await versions()).toEqual(['10.00 ended', '20.00 holds'])
  await runAt(times(10), 4, '3')
  expect(await versions()).toEqual(['10.00 ended', '20.00 ended', '30.00 holds'])
  await expect(rebuild(options({ ...times(1), name: 'another' }))).rejects.toMatchObject({
    message: expect.stringContaining('cannot be made anew'),
  })
})
