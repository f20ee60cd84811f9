import {
  boolean,
  dataset,
  date,
  decimal,
  given,
  identity,
  integer,
  json,
  jsonb,
  type ModelTest,
  model,
  modelTestSpec,
  type Sql,
  sql,
  text,
  texts,
  timestamp,
  within,
} from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { platformMigrations } from '@sluice/warehouse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testInLake } from './in-lake.ts'
import { testInWarehouse } from './in-warehouse.ts'

let duckdb: DuckDB
let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  duckdb = await openDuckDB({ threads: 1 })
  database = await testDatabase({ migrations: await platformMigrations() })
  pool = openPool(database.url, { max: 3 })
})
afterAll(async () => {
  duckdb.close()
  await pool.end()
  await database.drop()
})
const inLake = (of: ModelTest) => testInLake(modelTestSpec(of), 'Europe/Paris', duckdb)
const inWarehouse = (of: ModelTest) => testInWarehouse(modelTestSpec(of), 'Europe/Paris', pool)

const noon = Date.UTC(2026, 10, 29, 12)
const columns = {
  id: text({ notNull: true }),
  usd: decimal(38, 18),
  seen: timestamp({ notNull: true }),
  day: date(),
  open: boolean(),
  more: jsonb(),
  n: integer(),
}
const rules = { columns, key: ['id'], order: 'seen', checks: [within('usd', { min: 0 })] } as const
const row = { id: 'a', usd: '1.5', seen: noon, day: '2026-11-29', open: true, more: { deep: [1, null] }, n: -3 }

describe.each([
  ['lake', inLake],
  ['warehouse', inWarehouse],
] as const)('in the %s', (on, run) => {
  const [source, other, target] = ['source', 'other', 'target'].map((name) =>
    dataset(on === 'lake' ? `silver.${name}` : `shop.${name}`, { on, ...rules }),
  ) as [typeof example, typeof example, typeof example]
  const lacking = model({ into: target, from: { source }, refresh: 'full', query: ({ source }) => sql`select id from ${source}` })
  const names = sql`id, usd, seen, day, open, more, n`
  const whole = model({ into: target, from: { source }, refresh: 'full', query: ({ source }) => sql`select ${names} from ${source}` })

  test('values of every type come out as they went in', async () => {
    expect(
      await run(
        given(
          whole,
          { source: [row, { ...row, id: 'b', usd: null, day: null, open: null, more: null, n: null }] },
          {
            expect: [row, { id: 'b', usd: null, seen: noon, day: null, open: null, more: null, n: null }],
          },
        ),
      ),
    ).toEqual({ columns: Object.keys(columns), differences: [], quarantined: [] })
  })

  test('what differs is told by row and column, as texts of the column; columns that nobody expects are not compared', async () => {
    const found = await run(
      given(
        whole,
        { source: [row, { ...row, id: 'b' }, { ...row, id: 'c' }] },
        {
          expect: [
            { id: 'a', n: -3 },
            { id: 'b', n: 4 },
            { id: 'd', n: 0 },
          ],
        },
      ),
    )
    expect(found.columns).toEqual(['id', 'n'])
    expect(found.differences).toEqual([
      { kind: 'changed', expected: ['b', '4'], actual: ['b', '-3'], columns: ['n'] },
      { kind: 'missing', expected: ['d', '0'] },
      { kind: 'unexpected', actual: ['c', '-3'] },
    ])
  })

  test('a test that expects no rows fails on any', async () => {
    const { columns: compared, differences } = await run(given(whole, { source: [row] }, { expect: [] }))
    expect([compared, differences.map(({ kind }) => kind)]).toEqual([Object.keys(columns), ['unexpected']])
    expect((await run(given(whole, { source: [] }, { expect: [] }))).differences).toEqual([])
  })

  test('rows that break a rule go to quarantine and are counted, all of them too', async () => {
    const some = await run(given(whole, { source: [row, { ...row, id: 'b', usd: '-1' }] }, { expect: [{ id: 'a' }] }))
    expect(some).toEqual({ columns: ['id'], differences: [], quarantined: [{ rule: 'within(usd)', rows: 1 }] })
    const all = await run(given(whole, { source: [{ ...row, usd: '-1' }] }, { expect: [] }))
    expect(all).toMatchObject({ differences: [], quarantined: [{ rule: 'within(usd)', rows: 1 }] })
  })

  test('batch, latest and since are the rows given, by the order column and the interval of the test', async () => {
    const rows = [0, 1, 2, 3].map((hours) => ({ ...row, id: `${hours}`, seen: noon + hours * 3_600_000 }))
    const ids = async (from: Sql<typeof source.id>) => {
      const read = model({ into: target, from: { source }, refresh: 'full', query: () => sql`select ${names} from ${from}` })
      const { differences } = await run(given(read, { source: rows }, { at: noon + 2 * 3_600_000, expect: [] }))
      return differences.flatMap((each) => (each.kind === 'unexpected' ? [each.actual[0]] : [])).sort()
    }
    expect(await ids(source.batch)).toEqual(['0', '1', '2', '3'])
    expect(await ids(source.latest)).toEqual(['2'])
    expect(await ids(source.since('1h'))).toEqual(['1', '2'])
  })

  test('the bounds of the interval are those of the test', async () => {
    const stamped = model({
      into: target,
      from: { source },
      refresh: 'full',
      query: ({ source }, { interval }) =>
        sql`select id, usd, ${interval.end} as seen, day, open, more, n from ${source} where seen >= ${interval.start}`,
    })
    const before = { ...row, id: 'before', seen: noon - 1 }
    const test = given(stamped, { source: [row, before] }, { at: { start: noon, end: noon + 5 }, expect: [{ id: 'a', seen: noon + 5 }] })
    expect((await run(test)).differences).toEqual([])
  })

  test('a join of two sources, of which one has no rows', async () => {
    const joined = model({
      into: target,
      from: { source, other },
      refresh: 'full',
      query: ({ source, other }) =>
        sql`select s.id, s.usd, s.seen, s.day, s.open, s.more, o.n from ${source} s left join ${other} o on o.id = s.id`,
    })
    expect((await run(given(joined, { source: [row], other: [] }, { expect: [{ id: 'a', n: null }] }))).differences).toEqual([])
  })

  test('a query that does not give the columns, a value that does not fit, and a column that is not there are said', async () => {
    await expect(run(given(lacking, { source: [row] }, { expect: [] }))).rejects.toMatchObject({
      code: 'definition.invalid',
    })
    await expect(run(given(whole, { source: [{ ...row, usd: 'much' }] }, { expect: [] }))).rejects.toMatchObject({
      code: 'definition.invalid',
      message: expect.stringContaining('does not fit its columns'),
    })
    await expect(run(given(whole, { source: [] }, { expect: [{ day: 'soon' }] }))).rejects.toMatchObject({ code: 'definition.invalid' })
    await expect(run(given(whole, { source: [{ idd: 'a' }] } as never, { expect: [] }))).rejects.toMatchObject({
      message: expect.stringContaining('has a column idd, which the dataset does not have'),
    })
  })
})
const example = dataset('silver.example', { on: 'lake', ...rules })

test('bodies are given as the rows that they read as', async () => {
  const answers = dataset('bronze.answers', { on: 'lake', bodies: json('$.data[*]', texts('id', 'price')) })
  const clean = model({
    into: example,
    from: { answers },
    refresh: 'batch',
    query: ({ answers }) =>
      sql`select id, price as usd, ingested_at as seen, null::date as day, null::boolean as open, null::varchar as more, page as n from ${answers.batch}`,
  })
  const test = given(
    clean,
    { answers: [{ id: 'a', price: '0.1', ingested_at: noon, page: 1 }] },
    { expect: [{ id: 'a', usd: '0.1', n: 1 }] },
  )
  expect((await inLake(test)).differences).toEqual([])
})

test('the database fills in what a given row leaves out, and takes what it gives', async () => {
  const made = dataset('shop.made', {
    on: 'warehouse',
    columns: { number: identity(), a: integer(), twice: integer({ generated: 'a * 2' }), kind: text({ default: "'plain'" }) },
  })
  const out = dataset('shop.out', { on: 'warehouse', columns: { a: integer(), twice: integer(), kind: text() } })
  const read = model({ into: out, from: { made }, refresh: 'full', query: ({ made }) => sql`select a, twice, kind from ${made}` })
  expect((await inWarehouse(given(read, { made: [{ a: 2 }] }, { expect: [{ a: 2, twice: 4, kind: 'plain' }] }))).differences).toEqual([])
  const set = given(read, { made: [{ a: 2, twice: 7, kind: null }] }, { expect: [{ a: 2, twice: 7, kind: null }] })
  expect((await inWarehouse(set)).differences).toEqual([])
})

test('a model that goes by a key, and reads what it fills, meets an empty table', async () => {
  const out = dataset('shop.kept', { on: 'warehouse', ...rules })
  const newer = model({
    into: out,
    from: { source: dataset('shop.fresh', { on: 'warehouse', ...rules }) },
    refresh: 'key',
    query: ({ source }) =>
      sql`select id, usd, seen, day, open, more, n from ${source} s where not exists (select 1 from ${out} o where o.id = s.id)`,
  })
  expect((await inWarehouse(given(newer, { source: [row] }, { expect: [{ id: 'a' }] }))).differences).toEqual([])
})
