import {
  type AnyDataset,
  boolean,
  dataset,
  date,
  decimal,
  integer,
  json,
  type Model,
  model,
  modelSpec,
  rawSql,
  type Sql,
  sql,
  text,
  texts,
  timestamp,
} from '@sluice/author'
import { temporaryLake } from '@sluice/lake/testing'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { makeDeclared, platformMigrations } from '@sluice/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExaminedModel, examineInLake, examineInWarehouse } from './examine.ts'
import { examinePersonal } from './personal.ts'

const bodies = dataset('bronze.answers', { on: 'lake', bodies: json('$.data[*]', texts('id', 'priceUsd')) })
const clean = dataset('silver.prices', {
  on: 'lake',
  columns: { id: text({ notNull: true }), usd: decimal(38, 18), seen: timestamp() },
  order: 'seen',
})
const exported = dataset('gold.old', { on: 'lake', files: 'parquet' })

const columns = { id: integer({ notNull: true }), usd: decimal(38, 18), seen: timestamp({ notNull: true }), day: date(), open: boolean() }
const prices = dataset('shop.prices', { on: 'warehouse', columns, key: ['id', 'seen'], order: 'seen' })
const newest = dataset('shop.newest', {
  on: 'warehouse',
  columns: { ...columns, made: timestamp({ default: 'now()' }), twice: integer({ generated: 'id * 2' }) },
  key: ['id'],
})

let at: Awaited<ReturnType<typeof temporaryLake>>
let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  at = await temporaryLake()
  database = await testDatabase({ migrations: await platformMigrations() })
  pool = openPool(database.url, { max: 2 })
  // What a migration may have made: another table, with a view on it, and a function.
  await pool.query('create schema shop; create table shop.prices (id integer); create view shop.ids as select id from shop.prices')
  await pool.query('create function shop.doubled(integer) returns integer language sql as $$ select $1 * 2 $$')
  await makeDeclared(pool, [prices, newest])
})
afterAll(async () => {
  await at.close()
  await pool.end()
  await database.drop()
})

const inLake = (query: (sources: { readonly bodies: AnyDataset; readonly clean: AnyDataset; readonly exported: AnyDataset }) => Sql) =>
  examinedOf({ bodies, clean, exported }, clean, query)
const inWarehouse = (query: (sources: { readonly prices: AnyDataset; readonly newest: AnyDataset }) => Sql, refresh = 'full') =>
  examinedOf({ prices, newest }, newest, query, refresh)

function examinedOf<S extends Readonly<Record<string, AnyDataset>>>(
  datasets: S,
  into: AnyDataset,
  query: (datasets: S) => Sql,
  refresh = 'full',
): ExaminedModel {
  const statement = query(datasets)
  const from = Object.fromEntries(Object.entries(datasets).filter(([, { id }]) => JSON.stringify(statement.parts).includes(`"${id}"`)))
  const made = model({ into, from, refresh, query: () => statement } as never) as unknown as Model
  return { model: modelSpec(made), datasets: new Map(Object.values(datasets).map((each) => [each.id, each])) }
}

const told = async (found: ReturnType<typeof examineInLake>) => (await found).map(({ fault }) => fault.message)

test('queries that give the declared columns have no faults, whatever rows of a dataset they read', async () => {
  const fine = [
    inLake(({ bodies }) => sql`select id, priceUsd as usd, ingested_at as seen from ${rawSql('')}${bodies}`),
    inLake(({ clean }) => sql`select * from ${clean}`),
    inLake(() => sql`select * from ${clean.latest} union all select * from ${clean.since('3d')}`),
  ]
  expect(await told(examineInLake(fine, at.lake))).toEqual([])
  const whole = (from: string) => `select shop.doubled(id) as id, usd, seen, day, open from ${from}`
  const both = [
    inWarehouse(({ prices }) => sql`${rawSql(whole(''))}${prices}`),
    inWarehouse(() => sql`select id, usd, seen, day, open, seen as made from ${prices.latest}`),
  ]
  expect(await told(examineInWarehouse(both, pool))).toEqual([])
})

test('missing, undeclared and wrongly typed columns of a model of the lake are told at once', async () => {
  const wrong = inLake(({ bodies }) => sql`select [id] as id, 1700000000000 as seen, page from ${bodies}`)
  const found = await examineInLake([wrong], at.lake)
  expect(found.map(({ fault }) => fault.message)).toEqual([
    'model silver.prices: the query does not give the columns of lake.silver.prices: it lacks usd; it has page, which is not declared',
    'model silver.prices: column id is declared text, the query gives VARCHAR[]',
    'model silver.prices: column seen is declared timestamp, the query gives BIGINT',
  ])
  expect(found.every(({ fault }) => fault.next !== undefined)).toBe(true)
})

test('missing, undeclared and wrongly typed columns of a model of the warehouse are told, with those that the database fills', async () => {
  const lacks = inWarehouse(({ prices }) => sql`select id, usd as price, seen, day, open, 1 as twice from ${prices}`)
  expect(await told(examineInWarehouse([lacks], pool))).toEqual([
    expect.stringContaining('it lacks usd; it has price, twice, which are not to be filled'),
  ])
  const types = inWarehouse(({ prices }) => sql`select open as id, usd, day as seen, seen - seen as day, usd as open from ${prices}`)
  expect(await told(examineInWarehouse([types], pool))).toEqual([
    'the query for shop.newest: column id is declared integer, the query gives boolean',
    'the query for shop.newest: column day is declared date, the query gives interval',
  ])
})

test('SQL that does not bind, and SQL that reads the clock, is told with the place; the models after it are examined', async () => {
  const broken = inLake(({ clean }) => sql`select id, price as usd, seen from ${clean}`)
  const clock = inLake(() => sql`select '1' as id, 1.0 as usd, now() as seen`)
  expect(await told(examineInLake([broken, clock], at.lake))).toEqual([expect.stringContaining('price'), expect.stringContaining('now')])
  const typo = inWarehouse(({ prices }) => sql`select id, usd, seen, day,\n  opne as open from ${prices}`)
  const unknown = inWarehouse(({ prices }) => sql`select nothing(id) as id, usd, seen, day, open from ${prices}`)
  expect(await told(examineInWarehouse([typo, unknown], pool))).toEqual([
    expect.stringMatching(/opne.*line 2, column 3/),
    expect.stringContaining('nothing(integer)'),
  ])
})

test('nothing is claimed of a query that reads exports, whose columns nobody declares', async () => {
  expect(await told(examineInLake([inLake(({ exported }) => sql`select * from ${exported}`)], at.lake))).toEqual([])
})

test('a column that is made of a personal one, by any name, is to be personal too; unless the model says that it reveals nothing', async () => {
  const people = dataset('silver.people', {
    on: 'lake',
    columns: { id: integer(), mail: text({ personal: true }), born: date({ personal: true }) },
  })
  const staff = dataset('shop.staff', { on: 'warehouse', columns: people.columns })
  const said = { who: text({ personal: true }), contact: text(), n: integer(), oldest: date() }
  const card = dataset('silver.cards', { on: 'lake', columns: said })
  const badge = dataset('shop.badges', { on: 'warehouse', columns: said })
  const spec = (made: unknown, ...datasets: AnyDataset[]): ExaminedModel => ({
    model: modelSpec(made as Model),
    datasets: new Map(datasets.map((each) => [each.id, each])),
  })
  const inLake = model({
    into: card,
    from: { people },
    refresh: 'full',
    query: ({ people }) => sql`with a as (select lower(mail) as m, born from ${people.batch})
      select m as who, m as contact, count(m)::integer as n, min(born) as oldest from a group by all`,
  })
  const inWarehouse = model({
    into: badge,
    from: { staff },
    refresh: 'full',
    reveals: ['oldest'],
    query: ({ staff }) =>
      sql`select distinct on (id) mail as who, coalesce(staff.mail, ${'?'}) as contact, id as n, min(born) over () as oldest from ${staff}`,
  })
  const unread = model({
    into: badge,
    from: { staff },
    refresh: 'full',
    query: ({ staff }) =>
      sql`select mail as who, U&'\\0441' as contact, 1 as n, null::date as oldest from ${staff} tablesample system (50)`,
  })
  const connection = await at.lake.connect()
  const found = await examinePersonal([spec(inLake, people, card), spec(inWarehouse, staff, badge), spec(unread, staff, badge)], connection)
  connection.close()
  expect(found.found.map(({ fault }) => fault.message)).toEqual([
    'model silver.cards: column contact is made of mail of lake.silver.people, which is personal, and is not declared so',
    'model silver.cards: column oldest is made of born of lake.silver.people, which is personal, and is not declared so',
    'model shop.badges: column contact is made of mail of warehouse.shop.staff, which is personal, and is not declared so',
  ])
  expect(found.unread.map(({ name }) => name)).toEqual(['shop.badges'])
})

test('nothing is written', async () => {
  await examineInLake([inLake(({ clean }) => sql`select * from ${clean}`)], at.lake)
  expect(await at.lake.tables()).toEqual([])
})

test('hooks are read and not run: what does not bind or is not SQL is found, at its place', async () => {
  const [before, after] = [
    [sql`select count(*) from ${prices}`, sql`refresh materialized view shop.later`, sql`do $$ begin raise 'run'; end $$`],
    [sql`update ${newest} set usd = pric`, sql`grnt select on shop.newest to public`, sql`call shop.tidy()`],
  ]
  const made = model({
    into: newest,
    from: { prices },
    refresh: 'full',
    query: () => sql`select id, usd, seen, day, open from ${prices}`,
    hooks: { before, after },
  } as never)
  const found = await examineInWarehouse(
    [{ model: modelSpec(made as unknown as Model), datasets: new Map([prices, newest].map((each) => [each.id, each])) }],
    pool,
  )
  expect(found.map(({ model: { sql: at } }) => at)).toEqual(after.slice(0, 2))
  expect(found.map(({ fault }) => fault.message)).toEqual([
    expect.stringMatching(
      /^hook 1 after the write of shop\.newest: PostgreSQL: column "pric" does not exist \(line 1, column \d+\)\n.*\n.*\^/s,
    ),
    expect.stringMatching(/^hook 2 after the write of shop\.newest: PostgreSQL: syntax error at or near "grnt" \(line 1, column 1\)/),
  ])
})
