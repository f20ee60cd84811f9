import type { TaskLake } from '@sluice/lake/capability'
import { checkDrift } from '@sluice/warehouse'
import { cron, dataset, date, emails, integer, json, load, model, pipeline, retain, sql, task, text, timestamp } from 'sluice'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWorld, type World } from './world.ts'

const columns = { id: integer({ notNull: true }), at: timestamp({ notNull: true }) }
const answers = dataset('bronze.readings', { on: 'lake', bodies: json('$[*]', { id: integer() }) })
const typed = dataset('silver.readings', { on: 'lake', columns })
const readings = dataset('public.readings', {
  on: 'warehouse',
  columns: { ...columns, day: date() },
  key: ['id', 'at'],
  order: 'at',
  keep: '2h',
})
const days = dataset('public.days', { on: 'warehouse', columns: { day: date() }, order: 'day', keep: '1d' })
const stats = dataset('public.stats', {
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), readings: integer({ notNull: true }), note: text() },
  key: ['at'],
})
const extracted = task({
  name: 'extract',
  fills: [answers],
  run: (_, { lake, interval }) =>
    lake.land(
      answers,
      (async function* () {
        yield { source: 'test', request: 'GET /', receivedAt: interval.end, body: '[{"id": 1}, {"id": 2}, {"id": 3}]' }
      })(),
    ),
})
const cleaned = model({
  into: typed,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }, { interval }) => sql`select id, ${interval.end} as at from ${answers.batch}`,
})
const loaded = load({ from: typed, into: readings, mode: 'append' })
const counted = model({
  into: stats,
  from: { readings },
  refresh: 'key',
  query: ({ readings }, { interval }) =>
    sql`select ${interval.end} as at, count(*)::integer as readings, ${'counted'} as note from ${readings.batch}`,
})
const watched = pipeline({ name: 'watched', steps: [extracted, cleaned, loaded, counted] })

let world: World
beforeAll(async () => {
  world = await testWorld({ project: 'shop', timeZone: 'Europe/Paris', datasets: [readings, days, stats] })
})
beforeEach(() => world.warehouse.pool.query('truncate readings, days, stats, sluice_loads, sluice_outbox cascade'))
afterAll(() => world.close())

const hour = 3_600_000
const tick = (hours: number) => ({ logicalTime: hours * hour, key: `scheduled:${hours * hour}` as const })

test('a run goes from source through lake and warehouse to a model on the warehouse, once however often it runs', async () => {
  const first = await world.run(watched, tick(1))
  expect(first.tasks.map(({ task: name, state }) => [name, state])).toEqual([
    ['extract', 'success'],
    ['silver.readings', 'success'],
    ['load_readings', 'success'],
    ['public.stats', 'success'],
  ])
  await world.run(watched, tick(1))
  await world.run(watched, { ...tick(1), generation: 2 })
  await world.run(watched, tick(2))
  expect(await world.rows(stats.columns, sql`select at, readings, note from ${stats} order by at`)).toEqual([
    { at: hour, readings: 3, note: 'counted' },
    { at: 2 * hour, readings: 3, note: 'counted' },
  ])
  expect(
    await world.rows({ id: integer() }, sql`select id from ${typed} where "at" = '1970-01-01T02:00:00Z' order by id desc limit 2`),
  ).toEqual([{ id: 3 }, { id: 2 }])
})

test('a run has the data interval of its schedule, as one that is triggered for that time', async () => {
  const intervals: unknown[] = []
  const seen = task({ name: 'seen', run: (_, { interval }) => void intervals.push(interval) })
  const day = Date.UTC(2026, 10, 20)
  await world.run(pipeline({ name: 'hourly', schedule: cron('@hourly'), steps: [seen] }), { logicalTime: day + hour })
  await world.run(pipeline({ name: 'by_hand', steps: [seen] }), { logicalTime: '2026-11-20T00:00:00Z' })
  expect(intervals).toEqual([
    { start: day, end: day + hour },
    { start: day, end: day },
  ])
  await expect(world.run(pipeline({ name: 'by_hand', steps: [seen] }), { logicalTime: 'yesterday' })).rejects.toMatchObject({
    code: 'input.invalid',
  })
})

test('a retention deletes by logical time, once a run, and its receipt is kept', async () => {
  const cleaning = pipeline({
    name: 'cleaning',
    steps: [retain({ name: 'clean', on: readings }), retain({ name: 'clean_days', on: days })],
  })
  await world.warehouse.pool.query(`insert into readings (id, at, _load_id) values
    (1, '1970-01-02 21:59:59Z', 0), (2, '1970-01-02 22:00:00Z', 0), (3, '1970-01-03Z', 0)`)
  await world.warehouse.pool.query("insert into days (day, _load_id) values (null, 0), ('1970-01-01', 0), ('1970-01-02', 0)")
  const [first, again] = [await world.run(cleaning, tick(48)), await world.run(cleaning, tick(48))]
  for (const [run, replayed] of [[first, false] as const, [again, true] as const]) {
    expect(run.tasks.map(({ state, output }) => [state, output])).toEqual([
      ['success', { deleted: 1 }],
      ['success', { deleted: 1 }],
    ])
    expect(run.tasks.flatMap(({ receipts }) => receipts).map((each) => [each.dataset, each.rowsIn, each.reason, each.replayed])).toEqual([
      ['shop:warehouse.public.readings', 0, 'deleted 1 row with at before 1970-01-02T22:00:00.000Z', replayed],
      ['shop:warehouse.public.days', 0, 'deleted 1 row with day before 1970-01-02', replayed],
    ])
    // What comes after the first time stays, however old it is: the receipt answers.
    await world.warehouse.pool.query("insert into readings (id, at, _load_id) values (9, '1970-01-01Z', 0) on conflict do nothing")
  }
  expect(await world.rows({ id: integer() }, sql`select id from ${readings} order by id`)).toEqual([{ id: 2 }, { id: 3 }, { id: 9 }])
})

const report = (resend?: boolean) =>
  task({
    name: 'report',
    run: (_, { notify }) =>
      notify.send({
        key: 'daily',
        to: emails('ops, ada@example.org'),
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
    expect.objectContaining({ channel: 'email', to: 'ada@example.org' }),
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

test('a write to a dataset that the step does not fill is refused before the source is asked, whatever the types were told', async () => {
  let asked = false
  const stray = task({
    name: 'stray',
    run: (_, { lake }) =>
      (lake as unknown as TaskLake<never, 'lake.bronze.readings'>).land(
        answers,
        (async function* () {
          asked = true
          yield { source: 'test', request: 'GET /', receivedAt: 0, body: '[]' }
        })(),
      ),
  })
  const run = await world.run(pipeline({ name: 'stray', steps: [stray] }), tick(1))
  expect(run.tasks[0]?.error).toMatchObject({ code: 'definition.invalid', next: 'Add lake.bronze.readings to fills of the step.' })
  expect(asked).toBe(false)
})

test('a warehouse without the table of a model says what differs, and one with it does not', async () => {
  const { pool } = world.warehouse
  expect(await checkDrift(pool, [readings, stats])).toEqual([])
  const wider = dataset('public.stats', { on: 'warehouse', columns: { ...stats.columns, more: text() }, key: ['at'] })
  expect(await checkDrift(pool, [wider])).toEqual([expect.stringContaining('more')])
})

test('an option that a world or a run of it does not have is refused by name, and nothing is made for it', async () => {
  const mistyped = { secret: { key: 'x' } }
  await expect(testWorld(mistyped as object)).rejects.toMatchObject({
    code: 'definition.invalid',
    message: 'testWorld: there is no option "secret"',
    next: 'Write secrets, or take it out.',
  })
  await using world = await testWorld()
  const nothing = pipeline({ name: 'nothing', steps: [task({ name: 'nothing', run: () => null })] })
  await expect(world.run(nothing, { logicaltime: '2026-11-20T07:00:00Z' } as object)).rejects.toMatchObject({
    message: 'run of a world: there is no option "logicaltime"',
    next: 'Write logicalTime, or take it out.',
  })
})
