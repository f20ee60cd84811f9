import { tableOfModel } from '@sluice/author'
import { checkDrift } from '@sluice/warehouse'
import { date, email, integer, load, model, pipeline, slack, sql, table, task, text, timestamp } from 'sluice'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testWorld, type World } from './world.ts'

const columns = { id: integer({ notNull: true }), at: timestamp({ notNull: true }) }
const readings = table({ name: 'public.readings', columns: { ...columns, day: date() }, key: ['id', 'at'] })
const extracted = task({
  name: 'extract',
  run: (_, { lake, interval }) =>
    lake.land(
      'bronze.readings',
      (async function* () {
        yield { source: 'test', request: 'GET /', receivedAt: interval.end, body: '[1,2,3]' }
      })(),
    ),
})
const silver = model({
  name: 'silver.readings',
  on: 'lake',
  columns,
  refresh: { by: 'batch' },
  query: ({ batch, interval }) =>
    sql`select unnest(from_json_strict(payload, '["INTEGER"]')) as id, ${interval.end} as at from ${extracted} where ${batch.rows}`,
})
const loaded = load({ from: silver, into: readings, mode: 'append' })
const stats = model({
  name: 'public.stats',
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), readings: integer({ notNull: true }), note: text() },
  refresh: { by: 'key', key: ['at'] },
  query: ({ batch, interval }) =>
    sql`select ${interval.end} as at, count(*) as readings, ${'counted'} as note from ${loaded} where ${batch.rows}`,
})
const watched = pipeline({ name: 'watched', steps: [stats] })

let world: World
beforeAll(async () => {
  world = await testWorld({ project: 'shop', timeZone: 'Europe/Paris', tables: [readings, stats] })
})
beforeEach(() => world.warehouse.pool.query('truncate readings, stats, sluice_loads, sluice_outbox cascade'))
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
  expect(await world.warehouse.query(sql`select at, readings, note from ${stats} order by at`)).toEqual([
    { at: hour, readings: 3, note: 'counted' },
    { at: 2 * hour, readings: 3, note: 'counted' },
  ])
})

test('a retention deletes by logical time, once a run, and its receipt is kept', async () => {
  let attempt = 0
  const clean = task({
    name: 'clean',
    retry: { attempts: 2, delay: '1ms' },
    run: async (_, { warehouse }) => {
      const old = await warehouse.retain(readings, { column: 'at', olderThan: '2h' })
      const days = await warehouse.retain(readings, { column: 'day', olderThan: '1d' })
      if (++attempt === 1) {
        await world.warehouse.pool.query("insert into readings (id, at, _load_id) values (9, '1970-01-01Z', 0)")
        throw new Error('after the retention')
      }
      return { old, days }
    },
  })
  await world.warehouse.pool.query(`insert into readings (id, at, day, _load_id) values
    (1, '1970-01-02 21:59:59Z', null, 0), (2, '1970-01-02 22:00:00Z', '1970-01-01', 0), (3, '1970-01-03Z', '1970-01-02', 0)`)
  const run = await world.run(pipeline({ name: 'cleaning', steps: [clean] }), tick(48))
  expect(run.tasks[0]).toMatchObject({ state: 'success', attempts: 2, output: { old: { deleted: 1 }, days: { deleted: 1 } } })
  expect(run.tasks[0]?.receipts.map(({ dataset, rowsIn, reason, replayed }) => [dataset, rowsIn, reason, replayed])).toEqual(
    [false, true].flatMap((replayed) => [
      ['shop:warehouse.public.readings', 0, 'deleted 1 row with at before 1970-01-02T22:00:00.000Z', replayed],
      ['shop:warehouse.public.readings', 0, 'deleted 1 row with day before 1970-01-02', replayed],
    ]),
  )
  expect(await world.warehouse.query(sql`select id from ${readings} order by id`)).toEqual([{ id: 3 }, { id: 9 }])
})

const report = (resend?: boolean) =>
  task({
    name: 'report',
    run: (_, { notify }) =>
      notify.send({
        key: 'daily',
        to: [email('ops'), slack('#ops')],
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
    expect.objectContaining({ channel: 'slack', to: '#ops' }),
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

test('a warehouse without the table of a model says what differs, and one with it does not', async () => {
  const { pool } = world.warehouse
  expect(await checkDrift(pool, [readings, tableOfModel(stats)])).toEqual([])
  const wider = { ...tableOfModel(stats), columns: { ...stats.columns, more: text() } }
  expect(await checkDrift(pool, [wider])).toEqual([expect.stringContaining('more')])
})
