import {
  bigint,
  type Columns,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  pick,
  rawSql,
  type Sql,
  sql,
  text,
  timestamp,
} from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWarehouse, type Warehouse } from '../index.ts'

const words = dataset('public.words', { on: 'warehouse', columns: { word: text({ notNull: true }) }, key: ['word'] })

let database: TestDatabase
let warehouse: Warehouse

beforeAll(async () => {
  database = await testDatabase()
  // One connection: whatever a statement leaves behind, the next one meets.
  warehouse = openWarehouse({ database: { url: database.url }, project: 'demo', maxConnections: 1 })
  await warehouse.pool.query(
    `create table words (word text primary key); insert into words values ('a'), ('b'), ('c'); create sequence numbers`,
  )
})
afterAll(async () => {
  await warehouse.close()
  await database.drop()
})

const unchanged = async () => expect(await warehouse.pool.query('select count(*) as n from words')).toEqual([{ n: 3 }])

const ask = <C extends Columns>(columns: C, statement: Sql) => warehouse.rows(columns, statement, testReading([words]))

test('rows come as JSON: safe integers as numbers, larger ones and decimals as strings, timestamps as epoch milliseconds', async () => {
  const columns = {
    one: bigint(),
    big: bigint(),
    price: decimal(5, 2),
    day: date(),
    at: timestamp(),
    nan: double(),
    nothing: text(),
    x: text(),
    body: jsonb(),
  }
  expect(
    await ask(
      columns,
      sql`select 1::bigint as one, 9007199254740993 as big, 1.50::numeric(5,2) as price, date '2026-01-31' as day,
        timestamptz '2026-01-01 00:00:00Z' as at, 'NaN'::float8 as nan, null as nothing, ${'x'}::text as x, '{"a":[1]}'::jsonb as body`,
    ),
  ).toEqual([
    {
      one: 1,
      big: '9007199254740993',
      price: '1.50',
      day: '2026-01-31',
      at: Date.UTC(2026, 0, 1),
      nan: 'NaN',
      nothing: null,
      x: 'x',
      body: { a: [1] },
    },
  ])
  expect(await ask(pick(words, 'word'), sql`select word from ${words} where word > ${'a'} order by word limit ${1}`)).toEqual([
    { word: 'b' },
  ])
})

test('rows are the columns that were asked for, or a sentence says which are not', async () => {
  const refusals = [
    [{ n: integer() }, sql`select count(*) as n from ${words}`, 'gives n as bigint, and integer is asked for'],
    [{ n: text() }, sql`select array[1] as n`, 'gives n as integer[], and text is asked for'],
    [{ word: text() }, sql`select word, 1 as more from ${words}`, 'it also gives more, which is not asked for'],
    [{ word: text(), more: text() }, sql`select word from ${words}`, 'it lacks more'],
    [{ word: text({ notNull: true }) }, sql`select null::text as word`, 'gives a null as word'],
  ] as const
  for (const [columns, statement, message] of refusals) {
    await expect(ask(columns, statement)).rejects.toMatchObject({ code: 'definition.invalid', message: expect.stringContaining(message) })
  }
})

test('a query as text gives names, types and cells, and stops at its limit', async () => {
  expect(
    await warehouse.sqlText("select word, 1 as word, interval '1 day 2 hours' as i from words order by 1; -- all", { limit: 2 }),
  ).toEqual({
    columns: [
      { name: 'word', type: 'text' },
      { name: 'word', type: 'integer' },
      { name: 'i', type: 'interval' },
    ],
    rows: [
      ['a', 1, 'P1DT2H'],
      ['b', 1, 'P1DT2H'],
    ],
    truncated: true,
    cutBy: 'limit',
  })
  expect(await warehouse.sqlText('table words', { limit: 3 })).toMatchObject({ truncated: false, rows: [['a'], ['b'], ['c']] })
  expect((await warehouse.sqlText('explain select 1')).rows[0]).toEqual(['Result  (cost=0.00..0.01 rows=1 width=4)'])
  expect((await warehouse.sqlText('select word from words where false')).columns).toEqual([{ name: 'word', type: 'text' }])
})

test('named parameters are bound as what their place wants, and never read as SQL', async () => {
  const text = 'select word, :n::bigint as n from words where word >= :from and word <> :not order by 1 limit :n'
  const result = await warehouse.sqlText(text, { params: { from: 'b', n: '1', not: "x' or true or '" } })
  expect(result).toMatchObject({ columns: [{ name: 'word' }, { name: 'n', type: 'bigint' }], rows: [['b', 1]] })
  expect((await warehouse.sqlText('explain select :a', { params: { a: null } })).rows).toHaveLength(1)
  await expect(warehouse.sqlText('select :a,\n  nope', { params: { a: '1' } })).rejects.toMatchObject({ facts: { line: 2, column: 3 } })
  await expect(warehouse.sqlText('select :n as n limit :n', { params: { n: '1' } })).rejects.toMatchObject({
    next: 'Say the type of the parameter where it stands, for example :n::integer.',
  })
  await expect(warehouse.sqlText('select 1 limit :n', { params: { n: 'many' } })).rejects.toMatchObject({
    code: 'warehouse.failed',
    facts: { sqlstate: '22P02' },
  })
})

test('an error points at its place in the text that was typed', async () => {
  const failure = warehouse.sqlText('select word,\n  "wrod"\nfrom words')
  await expect(failure).rejects.toMatchObject({ code: 'warehouse.failed', facts: { line: 2, column: 3, sqlstate: '42703' } })
  await expect(failure).rejects.toThrow('> 2 |   "wrod"\n    |   ^')
  await expect(ask({}, sql`select\n${1} frm x`)).rejects.toThrow('line')
})

test('nothing that is typed can change the database', async () => {
  const attempts = [
    "insert into words values ('d')",
    "with d as (insert into words values ('d') returning 1) select * from d",
    "select 1; insert into words values ('d')",
    'select 1; commit; drop table words',
    'commit; drop table words',
    'commit',
    'set transaction read write',
    'drop table words',
    "select nextval('numbers')",
    "explain analyze insert into words values ('d')",
    "copy words to program 'cat'",
    'do $$ begin delete from words; end $$',
    'select * into copied from words',
  ]
  for (const attempt of attempts) await expect(warehouse.sqlText(attempt), attempt).rejects.toThrow()
  await unchanged()
})

test("a program's query cannot change the database either", async () => {
  for (const attempt of ["insert into words values ('d')", 'commit; drop table words', "select 1; insert into words values ('d')"])
    await expect(ask({}, rawSql(attempt)), attempt).rejects.toMatchObject({ code: 'warehouse.failed' })
  await expect(ask({}, rawSql("insert into words values ('d')"))).rejects.toMatchObject({
    next: 'Queries only read: change the schema with a migration and rows with a load or a model.',
  })
  await unchanged()
})

test('a query leaves no setting and no lock in the session', async () => {
  await warehouse.sqlText("select set_config('search_path', 'nowhere', false), pg_advisory_lock(7)")
  await ask({}, rawSql('commit')).catch(() => undefined)
  await unchanged()
  expect(await warehouse.pool.query("select count(*) as n from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")).toEqual([
    { n: 0 },
  ])
})

test('a query that takes too long is ended, and the next one works', async () => {
  await expect(warehouse.sqlText('select pg_sleep(60)', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'query.timeout',
    facts: { limitMs: 50 },
  })
  await unchanged()
})

test('an answer stops at its budget of bytes or cells, says why, and the next query runs', async () => {
  const budget = { bytes: 100_000, cells: 1_000 }
  const wide = await warehouse.sqlText("select repeat('x', 10000) as x from generate_series(1, 200)", { budget })
  expect(wide).toMatchObject({ truncated: true, cutBy: 'bytes', columns: [{ name: 'x', type: 'text' }] })
  expect(wide.rows.length).toBe(9)
  const many = await warehouse.sqlText('select n, n from generate_series(1, 100000) as s (n)', { limit: 100_000, budget })
  expect(many).toMatchObject({ truncated: true, cutBy: 'cells' })
  expect(many.rows.length).toBe(500)
  expect(await warehouse.sqlText('select 1 as one', { limit: 1, budget })).toMatchObject({ rows: [[1]], truncated: false, cutBy: null })
  expect(await warehouse.sqlText('values (1), (2)', { limit: 1 })).toMatchObject({ rows: [[1]], truncated: true, cutBy: 'limit' })
})

test('a row that is larger than any answer is a named error, long before all of it has come', async () => {
  const asked = warehouse.sqlText("select repeat(repeat('x', 10000), 5000) as x", { budget: { bytes: 1_000_000, cells: 1_000 } })
  await expect(asked).rejects.toMatchObject({ code: 'query.too_large', facts: { limitBytes: 1_000_000 } })
  expect((await warehouse.sqlText('select 1 as one')).rows).toEqual([[1]])
})

test('the server ends the query of somebody who no longer listens', async () => {
  const leaving = new AbortController()
  // The only connection of the pool is at work: a second one looks.
  const watcher = openWarehouse({ database: { url: database.url }, project: 'demo', maxConnections: 1 })
  const asked = warehouse.sqlText('select pg_sleep(600) as left_alone', { signal: leaving.signal })
  const ended = expect(asked).rejects.toThrow('gone')
  // What runs is the cursor's fetch, whose text does not name the query.
  const others = `select count(*) as n from pg_stat_activity
    where state = 'active' and query like 'fetch forward%' and datname = current_database() and pid <> pg_backend_pid()`
  const n = async () => (await watcher.sqlText(others)).rows[0]?.[0]
  await expect.poll(n).toBe(1)
  leaving.abort(new Error('gone'))
  await ended
  await expect.poll(n).toBe(0)
  await watcher.close()
  expect((await warehouse.sqlText('select 1 as one')).rows).toEqual([[1]])
})

test('a query of many short statements has one time for all of them', async () => {
  const slow = 'select pg_sleep(0.01), n from generate_series(1, 100000) as s (n)'
  await expect(warehouse.sqlText(slow, { timeoutMs: 1_500, limit: 100_000 })).rejects.toMatchObject({ code: 'query.timeout' })
})

test('a table or a column that is not there is answered with those of a like name that its reader may see', async () => {
  // Roles are those of the whole server.
  const role = `reader_of_few_${process.pid}`
  await warehouse.pool.query(`
    create table crypto_temps_reel (symbole text, "Prix €" numeric, date_import date);
    create schema aside; create table aside.hours (hour int);
    create table secrets_reel (symbole text);
    create role ${role} login password 'x';
    grant select on crypto_temps_reel, words to ${role}`)
  const url = new URL(database.url)
  url.username = role
  url.password = 'x'
  const asked = openWarehouse({ database: { url: database.url }, readerUrl: url.href, project: 'demo', maxConnections: 1 })
  const next = async (of: Warehouse, statement: string) =>
    await of.sqlText(statement).then(
      () => 'it ran',
      (error: { readonly next?: string }) => error.next,
    )
  try {
    const cases: readonly (readonly [statement: string, next: RegExp])[] = [
      ['select * from crypto_temp_reel', /^Did you mean crypto_temps_reel\?$/],
      ['select 1\nfrom words,\n  "crypto_temps_réel"', /^Did you mean crypto_temps_reel\?$/],
      ['select * from public.Crypto_Temp_Reel', /^Did you mean public\.crypto_temps_reel\?$/],
      ['select * from hours', /^Did you mean aside\.hours\?$/],
      ["select 'ünï😀' as x, c.symbol from crypto_temps_reel c", /^Did you mean symbole\?$/],
      ['select "Prix" from crypto_temps_reel', /^Did you mean Prix €\?$/],
      ['select nothing_like_it from words', /^Correct the statement|^Perhaps/],
      ['select * from nothing_like_it_at_all', /^Correct the statement, or bring the schema up to date/],
    ]
    for (const [statement, expected] of cases) expect(await next(warehouse, statement), statement).toMatch(expected)
    expect(await next(asked, 'select * from crypto_temp_reel')).toBe('Did you mean crypto_temps_reel?')
    expect(await next(asked, 'select * from secret_reel')).not.toContain('secrets_reel')
    expect(await next(asked, 'select * from hours')).not.toContain('aside')
    expect((await asked.sqlText('select 1 as one')).rows).toEqual([[1]])
  } finally {
    await asked.close()
    await warehouse.pool.query(`drop owned by ${role}; drop role ${role}`)
    await warehouse.pool.query('drop schema aside cascade; drop table crypto_temps_reel, secrets_reel')
  }
})
