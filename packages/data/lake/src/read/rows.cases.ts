import {
  type AnyDataset,
  bigint,
  type Columns,
  dataset,
  date,
  decimal,
  integer,
  json,
  jsonb,
  pick,
  raw,
  type Sql,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstTick, pagesOf, temporaryLake, writeRows, writeTo } from '../testing/index.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const columns = { id: integer({ notNull: true }), seen_at: timestamp({ notNull: true }), day: date() } satisfies Columns
const seen = dataset('silver.seen', { on: 'lake', columns, order: 'seen_at' })
const days = dataset('silver.seen', { on: 'lake', columns, order: 'day' })
const noon = Date.UTC(2026, 10, 21, 12)

const write = (select: string, count: number, of: { tick?: number; generation?: number } = {}, has: Columns = columns) =>
  writeRows(at.lake, { write: writeTo('silver.seen', of), columns: has, select, count })
const hours = (...ofDay: readonly number[]): string =>
  ofDay
    .map(
      (hour) =>
        `SELECT ${hour} AS id, TIMESTAMPTZ '2026-11-21 00:00:00+00' + INTERVAL (${hour}) HOUR AS seen_at, DATE '2026-11-21' + (${Math.floor(hour / 24)}) AS day`,
    )
    .join(' UNION ALL ')

async function ids(of: Sql, end = noon, timeZone = 'UTC', known = seen as AnyDataset): Promise<readonly number[]> {
  const reading = testReading([known], { interval: { start: end - 3_600_000, end }, timeZone })
  return (await at.lake.rows(pick(seen, 'id'), sql`select id from ${of} order by id`, reading)).map(({ id }) => id)
}

test('latest rows are those of the greatest order up to the logical time, and a span looks back from it', async () => {
  await write(hours(-30, 10, 11, 11, 12, 13), 6)
  expect(await ids(seen.latest)).toEqual([12])
  expect(await ids(seen.latest, noon - 1)).toEqual([11, 11])
  expect(await ids(seen.latest, Date.UTC(2020, 0))).toEqual([])
  expect(await ids(seen.since('1h'))).toEqual([11, 11, 12])
  expect(await ids(seen.since('2h'), noon - 1)).toEqual([10, 11, 11])
})

test('a day is one of the zone of the project', async () => {
  await write(hours(-30, 10, 30), 3)
  expect(await ids(days.latest, noon, 'UTC', days)).toEqual([10])
  expect(await ids(days.latest, Date.UTC(2026, 10, 21, 23, 30), 'Europe/Paris', days)).toEqual([30])
  expect(await ids(days.since('2d'), noon, 'UTC', days)).toEqual([-30, 10])
})

test('a dataset that nothing was written to yet has no rows, whatever of it is asked for', async () => {
  for (const of of [sql`${seen}`, seen.batch, seen.latest, seen.since('1h')]) expect(await ids(of)).toEqual([])
  const bodies = dataset('bronze.none', { on: 'lake', bodies: json('$[*]', { id: text() }) })
  expect(await at.lake.rows(pick(bodies, 'id'), sql`select id from ${bodies.batch}`, testReading([bodies]))).toEqual([])
})

test('a column that was declared since is null in rows that were written before', async () => {
  await write('SELECT 1 AS id', 1, {}, { id: integer() })
  expect(await at.lake.rows(pick(seen, 'id', 'day'), sql`select id, day from ${seen}`, testReading([seen]))).toEqual([{ id: 1, day: null }])
})

test('who writes a batch anew reads its target without the rows of the earlier generation', async () => {
  await write(hours(1), 1)
  const second = await write(hours(2, 3), 2, { tick: firstTick + 1 })
  const reading = testReading([seen], { batches: { [seen.id]: [refTo('lake', second)] }, writing: second.batch })
  expect(await at.lake.rows(pick(seen, 'id'), sql`select id from ${seen}`, reading)).toEqual([{ id: 1 }])
})

const assets = dataset('bronze.assets', {
  on: 'lake',
  bodies: json(
    '$.data[*]',
    {
      id: text({ notNull: true }),
      rank: integer(),
      price: decimal(38, 18, { at: '$.quote.USD.price' }),
      volume: text({ at: '$.quote.USD.volume' }),
      state: text({ oneOf: ['on', 'off'] }),
      tags: jsonb(),
    },
    { stamp: bigint({ at: '$.timestamp' }), name: text({ at: '$.data_set.name' }) },
  ),
})
const element = (fields: object = {}) => ({
  id: 'btc',
  rank: '1',
  quote: { USD: { price: '65000.123456789012345678', volume: 12 } },
  state: 'on',
  tags: { a: [1] },
  ...fields,
})
const body = (...data: readonly unknown[]) => JSON.stringify({ data, timestamp: 1_795_228_200_077, data_set: { name: 'assets' }, more: 1 })
const readAssets = (statement: Sql = sql`select * exclude (ingested_at, source, request) from ${assets} order by page, id`) =>
  at.lake.rows(pick(assets, 'id', 'rank', 'price', 'volume', 'state', 'tags', 'stamp', 'name', 'page'), statement, testReading([assets]))

test('bodies are read as the rows they declare: an element each, its fields and those around it, exact', async () => {
  await at.lake.land(writeTo('bronze.assets'), pagesOf(body(element(), element({ id: 'eth', rank: null, tags: null })), body()))
  expect(await readAssets()).toEqual([
    {
      page: 1,
      name: 'assets',
      stamp: 1_795_228_200_077,
      id: 'btc',
      rank: 1,
      price: '65000.123456789012345678',
      volume: '12',
      state: 'on',
      tags: { a: [1] },
    },
    expect.objectContaining({ id: 'eth', rank: null, tags: null }),
  ])
  expect(
    await at.lake.rows(pick(assets, 'source', 'request'), sql`select distinct source, request from ${assets}`, testReading([assets])),
  ).toEqual([{ source: 'test:assets', request: 'GET http://localhost/assets' }])
})

test.each([
  ['an element without a declared field', body({ ...element(), rank: undefined }), 'does not have key "rank"'],
  ['an element that is not an object', body(5), 'Expected OBJECT'],
  ['a list that is null', JSON.stringify({ data: null, timestamp: 1, data_set: { name: '' } }), '$.data of a body is null'],
  ['a list that is an object', JSON.stringify({ data: {}, timestamp: 1, data_set: { name: '' } }), 'Expected ARRAY'],
  ['text where a whole number is declared', body(element({ rank: 'first' })), 'rank is "first", which is not a INTEGER'],
  ['a fraction where a whole number is declared', body(element({ rank: 1.5 })), 'rank is "1.5"'],
  [
    'a number with more places than the column holds',
    body(element({ quote: { USD: { price: '0.1234567890123456789', volume: 1 } } })),
    'price is',
  ],
  ['a null where none may be', body(element({ id: null })), 'id is null, which it is declared not to be'],
  ['a value that is not listed', body(element({ state: 'gone' })), 'state is "gone", which is not among its values'],
  ['what is not JSON', 'sorry', 'Malformed JSON'],
])('%s ends the statement with a sentence that says where', async (_, landed, message) => {
  await at.lake.land(writeTo('bronze.assets'), pagesOf(body(element()), landed))
  await expect(readAssets()).rejects.toMatchObject({ code: 'duckdb.failed', message: expect.stringContaining(message) })
})

test('a path may lead to one object, to the body itself or to a body that is a list, and raw bodies are their text', async () => {
  const of = (path: `$${string}`) => dataset('bronze.shapes', { on: 'lake', bodies: json(path, { id: text() }) })
  const read = async (path: `$${string}`, content: string) => {
    const shape = of(path)
    await at.lake.land({ ...writeTo('bronze.shapes'), batch: String(content.length) }, pagesOf(content))
    const reading = testReading([shape], {
      batches: { [shape.id]: [{ store: 'lake', dataset: '', batch: String(content.length), generation: 0, version: '', rows: 1 }] },
    })
    return (await at.lake.rows(pick(shape, 'id'), sql`select id from ${shape.batch} order by id`, reading)).map(({ id }) => id)
  }
  expect(await read('$.a.b', '{"a":{"b":{"id":1}}}')).toEqual(['1'])
  expect(await read('$', '{"id":"x"}')).toEqual(['x'])
  expect(await read('$[*]', '[{"id":"a"},{"id":"b"}]')).toEqual(['a', 'b'])
  const plain = dataset('bronze.shapes', { on: 'lake', bodies: raw() })
  expect(await at.lake.rows(pick(plain, 'payload'), sql`select payload from ${plain} order by payload`, testReading([plain]))).toHaveLength(
    3,
  )
})

test('two columns of one path that mean different things are refused with the path', async () => {
  const twisted = dataset('bronze.twisted', { on: 'lake', bodies: json('$', { a: text(), b: text({ at: '$.a.b' }) }) })
  await at.lake.land(writeTo('bronze.twisted'), pagesOf('{}'))
  await expect(at.lake.rows(pick(twisted, 'a'), sql`select a from ${twisted}`, testReading([twisted]))).rejects.toMatchObject({
    code: 'definition.invalid',
    message: expect.stringContaining('$.a.b cannot be read'),
  })
})
