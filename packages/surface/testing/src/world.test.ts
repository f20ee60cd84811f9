import { checkDrift } from '@sluice/warehouse'
import { check, dataset, date, email, integer, load, model, pick, pipeline, raw, retain, sql, task, text, timestamp } from 'sluice'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWorld, type World } from './world.ts'

const columns = { id: integer({ notNull: true }), at: timestamp({ notNull: true }) }
const landed = dataset('bronze.readings', { on: 'lake', bodies: raw() })
const clean = dataset('silver.readings', { on: 'lake', columns })
const readings = dataset('public.readings', {
  on: 'warehouse',
  columns: { ...columns, day: date() },
  key: ['id', 'at'],
  order: 'at',
  keep: '2h',
})
const daily = dataset('public.daily', { on: 'warehouse', columns: { id: integer(), day: date() }, order: 'day', keep: '1d' })
const stats = dataset('public.stats', {
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), readings: integer({ notNull: true }), note: text() },
  key: ['at'],
})

const extract = task({
  name: 'extract',
  fills: [landed],
  run: (_, { lake, interval }) =>
    lake.land(
      landed,
      (async function* () {
        yield { source: 'test', request: 'GET /', receivedAt: interval.end, body: '[1,2,3]' }
      })(),
    ),
})
const silver = model({
  into: clean,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }, { interval }) =>
    sql`select unnest(from_json_strict(payload, '["INTEGER"]')) as id, ${interval.end} as at from ${landed.batch}`,
})
const loaded = load({ from: clean, into: readings, mode: 'append' })
const enough = check({
  name: 'enough',
  on: readings,
  rule: sql`select count(*) >= 3 as ok, count(*) as found from ${readings}`,
  message: 'only {found}',
})
const counted = model({
  into: stats,
  from: { readings },
  refresh: 'key',
  query: ({ readings }, { interval }) =>
    sql`select ${interval.end} as at, count(*) as readings, ${'counted'} as note from ${readings.batch}`,
})
const watched = pipeline({ name: 'watched', steps: [counted, enough, loaded, silver, extract] })

let world: World
beforeAll(async () => {
  world = await testWorld({ project: 'shop', timeZone: 'Europe/Paris', datasets: [clean, readings, daily, stats] })
})
beforeEach(() => world.warehouse.pool.query('truncate readings, daily, stats, sluice_loads, sluice_outbox cascade'))
afterAll(() => world.close())

const hour = 3_600_000
const tick = (hours: number) => ({ logicalTime: hours * hour, key: `scheduled:${hours * hour}` as const })

test('a run goes from source through lake and warehouse to a model on the warehouse, once however often it runs', async () => {
  const first = await world.run(watched, tick(1))
  expect(first.tasks.map(({ task: name, state }) => [name, state])).toEqual([
    ['extract', 'success'],
    ['silver.readings', 'success'],
    ['load_readings', 'success'],
    ['enough', 'success'],
    ['public.stats', 'success'],
  ])
  await world.run(watched, tick(1))
  await world.run(watched, { ...tick(1), generation: 2 })
  await world.run(watched, tick(2))
  expect(await world.rows(stats.columns, sql`select at, readings, note from ${stats} order by at`)).toEqual([
    { at: hour, readings: 3, note: 'counted' },
    { at: 2 * hour, readings: 3, note: 'counted' },
  ])
})

test('rows are asked for in the store that their dataset is in', async () => {
  await world.run(watched, tick(3))
  const select = (from: typeof clean | typeof readings) =>
    sql`select id from ${from} where at = ${new Date(3 * hour).toISOString()}::timestamptz order by id`
  const expected = [{ id: 1 }, { id: 2 }, { id: 3 }]
  expect(await world.rows(pick(readings, 'id'), select(readings))).toEqual(expected)
  expect(await world.rows(pick(clean, 'id'), select(clean))).toEqual(expected)
})

test('a retention deletes by logical time, once a run, and its receipt is kept', async () => {
  const cleaning = pipeline({
    name: 'cleaning',
    defaults: { retry: { attempts: 2, delay: '1ms' } },
    steps: [retain({ name: 'old', on: readings }), retain({ name: 'past', on: daily })],
  })
  await world.warehouse.pool.query(`insert into readings (id, at, _load_id) values
    (1, '1970-01-02 21:59:59Z', 0), (2, '1970-01-02 22:00:00Z', 0), (3, '1970-01-03Z', 0)`)
  await world.warehouse.pool.query("insert into daily (id, day, _load_id) values (1, null, 0), (2, '1970-01-01', 0), (3, '1970-01-02', 0)")
  const run = async () => (await world.run(cleaning, tick(48))).tasks
  const first = await run()
  expect(first.map(({ state, output }) => [state, output])).toEqual([
    ['success', { deleted: 1 }],
    ['success', { deleted: 1 }],
  ])
  await world.warehouse.pool.query("insert into readings (id, at, _load_id) values (9, '1970-01-01Z', 0)")
  const receipts = [...first, ...(await run())].flatMap((each) => each.receipts)
  expect(receipts.map(({ dataset, rowsIn, reason, replayed }) => [dataset, rowsIn, reason, replayed])).toEqual(
    [false, true].flatMap((replayed) => [
      ['shop:warehouse.public.readings', 0, 'deleted 1 row with at before 1970-01-02T22:00:00.000Z', replayed],
      ['shop:warehouse.public.daily', 0, 'deleted 1 row with day before 1970-01-02', replayed],
    ]),
  )
  expect(await world.rows(pick(readings, 'id'), sql`select id from ${readings} order by id`)).toEqual([{ id: 2 }, { id: 3 }, { id: 9 }])
})

test('a check that fails holds up what reads the dataset, and says what it found', async () => {
  const few = check({
    name: 'few',
    on: readings,
    rule: sql`select count(*) > 1000 as ok, count(*) as found from ${readings}`,
    message: 'only {found}',
  })
  const run = await world.run(pipeline({ name: 'held', steps: [extract, silver, loaded, few, counted] }), tick(5))
  expect(run.tasks.map(({ task: name, state }) => [name, state]).slice(-2)).toEqual([
    ['few', 'failed'],
    ['public.stats', 'upstream_failed'],
  ])
  expect(run.tasks.find((each) => each.task === 'few')?.error).toMatchObject({
    code: 'quality.failed',
    message: expect.stringContaining('only 3'),
  })
})

const report = (resend?: boolean) =>
  task({
    name: 'report',
    run: (_, { notify }) =>
      notify.send({
        key: 'daily',
        to: [email('ops'), email('night')],
        subject: 'Daily',
        text: '1 < 2 & all',
        ...(resend === undefined ? {} : { resend }),
      }),
  })
const outputOf = async (resend: boolean | undefined, options: Parameters<World['run']>[1]) =>
  (await world.run(pipeline({ name: 'reporting', steps: [report(resend)] }), options)).tasks[0]?.output

test('a message waits once a channel, whatever is retried, replayed or cleared; the next run sends its own', async () => {
  expect(await outputOf(undefined, tick(1))).toEqual({ queued: 2, already: 0 })
  expect(await outputOf(undefined, tick(1))).toEqual({ queued: 0, already: 2 })
  expect(await outputOf(undefined, { ...tick(1), generation: 2 })).toEqual({ queued: 0, already: 2 })
  expect(await world.notifications()).toEqual([
    { channel: 'email', to: 'ops', subject: 'Daily', text: '1 < 2 & all', html: expect.stringContaining('1 &lt; 2 &amp; all') },
    expect.objectContaining({ channel: 'email', to: 'night' }),
  ])
  expect(await outputOf(undefined, tick(2))).toEqual({ queued: 2, already: 0 })
})

test('a message that may be sent again goes again when its task is cleared, and not when it is retried', async () => {
  expect(await outputOf(true, tick(1))).toEqual({ queued: 2, already: 0 })
  expect(await outputOf(true, tick(1))).toEqual({ queued: 0, already: 2 })
  expect(await outputOf(true, { ...tick(1), generation: 2 })).toEqual({ queued: 2, already: 0 })
})

test('a message to nobody is a mistake of the definition', async () => {
  const lost = task({ name: 'lost', run: (_, { notify }) => notify.send({ key: 'k', to: [], subject: 's', text: 't' }) })
  const run = await world.run(pipeline({ name: 'losing', steps: [lost] }))
  expect(run.tasks[0]?.error).toMatchObject({ code: 'definition.invalid', message: 'message "k" goes to nobody' })
})

test('a warehouse whose table is not the dataset says what differs, and one with it does not', async () => {
  const { pool } = world.warehouse
  expect(await checkDrift(pool, [readings, stats])).toEqual([])
  const wider = dataset('public.stats', { on: 'warehouse', columns: { ...stats.columns, more: text() }, key: ['at'] })
  expect(await checkDrift(pool, [wider])).toEqual([expect.stringContaining('more')])
})
