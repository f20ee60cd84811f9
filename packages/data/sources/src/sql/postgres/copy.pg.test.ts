import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlSource } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckConnection, type DuckDB, openDuckDB } from '@sluice/duckdb'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RowsAsked } from '../database.ts'
import { postgres } from './copy.ts'

let database: TestDatabase
let pool: Pool
let duckdb: DuckDB
let connection: DuckConnection
let workFolder: string

beforeAll(async () => {
  database = await testDatabase()
  pool = openPool(database.url, { max: 3 })
  duckdb = await openDuckDB({ threads: 2 })
  connection = await duckdb.connect()
  workFolder = await mkdtemp(join(tmpdir(), 'sluice copied rows '))
})

afterAll(async () => {
  duckdb.close()
  await pool.end()
  await database.drop()
  await rm(workFolder, { recursive: true, force: true })
})

const whole = (query: string) => sqlSource({ name: 'q', connection: 'db', query, mode: 'full' })
const all: Pick<RowsAsked, 'seen' | 'choose'> = { seen: null, choose: (columns) => columns.map(({ name }) => name) }
const copied = async (from: string | RowsAsked['source'], more: Partial<RowsAsked> = {}) => {
  const copy = await postgres.copy(
    { name: 'db', type: 'postgres', url: database.url },
    { source: typeof from === 'string' ? whole(from) : from, ...all, ...more },
    { workFolder },
  )
  return { ...copy, values: await connection.rows(copy.rows) }
}

test.each([
  ["'1.10'::numeric", '1.10'],
  ["'12345678901234567890123456789012345678.000000000000000001'::numeric", '12345678901234567890123456789012345678.000000000000000001'],
  ["'NaN'::numeric", 'NaN'],
  ["'-Infinity'::numeric", '-Infinity'],
  ["'1e400'::numeric", `1${'0'.repeat(400)}`],
  ["'1e-400'::numeric", `0.${'0'.repeat(399)}1`],
  ["'-0.00'::numeric", '0.00'],
  ["'-0'::float8", '-0'],
  ["'1.7976931348623157e308'::float8", '1.7976931348623157e+308'],
  ["'16777217'::float4", '1.6777216e+07'],
  ["'-9223372036854775808'::int8", '-9223372036854775808'],
  ["'4294967295'::oid", '4294967295'],
  ['9223372036854775807::int8', '9223372036854775807'],
  ['0.1::float8 + 0.2::float8', '0.30000000000000004'],
  ["'5e-324'::float8", '5e-324'],
  ["'NaN'::float8", 'NaN'],
  ['true', 'true'],
  ["'2026-03-29 01:30:00.123456+05:30'::timestamptz", '2026-03-28 20:00:00.123456+00'],
  ["'0044-03-15 12:00+00 BC'::timestamptz", '0044-03-15 12:00:00+00 BC'],
  ["'infinity'::timestamptz", 'infinity'],
  ["'2026-03-29 02:30'::timestamp", '2026-03-29 02:30:00'],
  ["'0044-03-15 BC'::date", '0044-03-15 BC'],
  ["'-infinity'::date", '-infinity'],
  ["'24:00'::time", '24:00:00'],
  ["'4713-01-01 00:00 BC'::timestamp", '4713-01-01 00:00:00 BC'],
  ["'294276-12-31 23:59:59.999999'::timestamp", '294276-12-31 23:59:59.999999'],
  ["'06:30:15.5+05:30'::timetz", '06:30:15.5+05:30'],
  ["'infinity'::interval", 'infinity'],
  ["'1 year 2 mons 3 days -04:05:06.7'::interval", 'P1Y2M3DT-4H-5M-6.7S'],
  [`'{"a": 1.0000000000000000000001, "b": "\\\\n"}'::json`, '{"a": 1.0000000000000000000001, "b": "\\\\n"}'],
  [`'{"b":1.10,"a":"x\\ty"}'::jsonb`, '{"a": "x\\ty", "b": 1.10}'],
  ['array[1.10, null, 2]::numeric[]', '[1.10,null,2]'],
  ['array[[1,2],[3,4]]', '[[1,2],[3,4]]'],
  [`array['a"b', 'c\\d', E'e\\nf', 'NULL', null]`, '["a\\"b","c\\\\d","e\\nf","NULL",null]'],
  ["array['2026-01-01 00:00+00'::timestamptz]", '["2026-01-01T00:00:00+00:00"]'],
  ['row(1, $$x$$)', '{"f1":1,"f2":"x"}'],
  [`'{"a": 123456789012345678901234567890.12, "b": 1e400}'::jsonb`, `{"a": 123456789012345678901234567890.12, "b": 1${'0'.repeat(400)}}`],
  ["'{NaN,1e30}'::numeric[]", '["NaN",1000000000000000000000000000000]'],
  ["array['infinity'::timestamptz, null]", '["infinity",null]'],
  ["'[2:3]={7,8}'::int[]", '[7,8]'],
  ["'{}'::int[]", '[]'],
  [String.raw`array['\x00ff'::bytea]`, String.raw`["\\x00ff"]`],
  [`'\\x00ff${'61'.repeat(60)}'::bytea`, Buffer.concat([Buffer.of(0, 255), Buffer.from('a'.repeat(60))]).toString('base64')],
  ["'2b0f4e3a-0000-4000-8000-00000000abcd'::uuid", '2b0f4e3a-0000-4000-8000-00000000abcd'],
  ["'ab'::char(5)", 'ab   '],
  ["'1234.5'::numeric::money", '1234.50'],
  ['int4range(1, 10)', '[1,10)'],
  ["tstzrange('2026-01-01', null)", '["2026-01-01 00:00:00+00",)'],
  ["'{[1,3), [5,7)}'::int4multirange", '{[1,3),[5,7)}'],
  ["'192.168.0.0/24'::cidr", '192.168.0.0/24'],
  ["B'0101'", '0101'],
  ["B'0101'::bit varying(8)", '0101'],
  ["'-1234.5'::numeric::money", '-1234.50'],
  ["'empty'::int4range", 'empty'],
  ["numrange(1.10, 2.20, '[]')", '[1.10,2.20]'],
  ["'::ffff:10.0.0.1/128'::inet", '::ffff:10.0.0.1'],
  ["'08:00:2b:01:02:03'::macaddr", '08:00:2b:01:02:03'],
  ['\'<a b="1">x &amp; y</a>\'::xml', '<a b="1">x &amp; y</a>'],
  ["to_tsvector('simple', 'a fat cat')", "'a':1 'cat':3 'fat':2"],
  ["'(1.5,-2)'::point", '(1.5,-2)'],
  ["'0/16B3748'::pg_lsn", '0/16B3748'],
  ["''::text", ''],
  ['null::text', null],
  [String.raw`E'\\N'`, String.raw`\N`],
  [String.raw`E'\\.'`, String.raw`\.`],
  [String.raw`E'a\tb\nc\rd\be\ff\vg\\\\h\\n'`, 'a\tb\nc\rd\be\ff\vg\\\\h\\n'],
  [`E'"quoted", ''single'' # é 😀'`, `"quoted", 'single' # é 😀`],
])('%s arrives as %j', async (value, expected) => {
  const { values, count } = await copied(`select ${value} as v, 1 as one`)
  expect(values).toEqual([{ v: expected, one: '1' }])
  expect(count).toBe(1)
  // A column by itself, whose line may be empty.
  expect((await copied(`select ${value} as v`)).values).toEqual([{ v: expected }])
})

test('enums, domains over anything and composite types are read by what lies below', async () => {
  await pool.query(`create type mood as enum ('sad', 'happy'); create domain euros as money; create domain prices as numeric(8,2)[];
    create domain cents as euros; create type place as (street text, no int)`)
  const { values, columns } = await copied(
    `select 'sad'::mood as mood, '1.5'::numeric::money::cents as cents, '{1.50,2}'::prices as prices, ('a "b"', 3)::place as place, array['sad']::mood[] as moods`,
  )
  expect(values).toEqual([{ mood: 'sad', cents: '1.50', prices: '[1.50,2.00]', place: '{"street":"a \\"b\\"","no":3}', moods: '["sad"]' }])
  expect(columns.map(({ type }) => type)).toEqual(['mood', 'money', 'numeric(8,2)[]', 'place', 'mood[]'])
})

test('columns that the database fills itself are read as any other, and a type of an extension as it prints itself', async () => {
  await pool.query(`create table made (id int generated always as identity, net numeric(8,2), gross numeric(8,2) generated always as (net * 1.2) stored,
    serial bigserial, day date default '2026-01-02'); insert into made (net) values (10), (null)`)
  const source = sqlSource({ connection: 'db', table: 'made', mode: 'full' })
  expect((await copied(source)).values).toEqual([
    { id: '1', net: '10.00', gross: '12.00', serial: '1', day: '2026-01-02' },
    { id: '2', net: null, gross: null, serial: '2', day: '2026-01-02' },
  ])
  const there = await pool.query(`select 1 from pg_available_extensions where name = 'hstore'`)
  if (there.length === 0) return
  await pool.query('create extension hstore')
  expect((await copied(`select 'a=>1,b=>NULL'::hstore as v`)).values).toEqual([{ v: '"a"=>"1", "b"=>NULL' }])
})

test('what the URL says of its sessions changes no spelling', async () => {
  const url = `${database.url}?options=-c%20datestyle%3DGerman%20-c%20timezone%3DAsia/Tokyo%20-c%20extra_float_digits%3D-10%20-c%20standard_conforming_strings%3Doff`
  const source = whole(`select '2026-02-01 00:00+00'::timestamptz as at, '2026-02-01'::date as day, 0.1::float8 + 0.2 as n`)
  const { rows } = await postgres.copy({ name: 'db', type: 'postgres', url }, { source, ...all }, { workFolder })
  expect(await connection.rows(rows)).toEqual([{ at: '2026-02-01 00:00:00+00', day: '2026-02-01', n: '0.30000000000000004' }])
})

test('random texts and numbers come back as they are, however long', async () => {
  const random = seeded(seedOfRun())
  const alphabet: readonly [string, ...string[]] = [
    '\\',
    '\\N',
    '\t',
    '\n',
    '\r',
    '"',
    "'",
    ',',
    'n',
    't',
    '\b',
    '\f',
    '\v',
    'é',
    '😀',
    ' ',
    '#',
    '.',
    '\\\\',
    'x'.repeat(300),
  ]
  const text = (): string | null =>
    random.chance(0.1) ? null : Array.from({ length: random.integer(12) }, () => random.pick(alphabet)).join('')
  const rows = Array.from({ length: 3_000 }, (_, id) => ({ id, a: text(), b: text(), n: `${random.integer(1e9)}.${id}` }))
  rows.push({ id: rows.length, a: 'long '.repeat(700_000), b: '\\', n: '1' })
  await pool.query('create table random (id int, a text, b text, n numeric, at timestamptz)')
  await pool.query('insert into random select * from jsonb_to_recordset($1::jsonb) as r (id int, a text, b text, n numeric)', [
    JSON.stringify(rows),
  ])
  const { rows: select, numbered, count } = await copied('select * from random order by id')
  expect(count).toBe(rows.length)
  const read = await connection.rows(`SELECT id, a, b, n FROM (${select})`)
  expect(read).toEqual(rows.map((row) => ({ ...row, id: String(row.id) })))
  expect(await connection.rows(`SELECT _row FROM (${numbered}) WHERE CAST(id AS BIGINT) + 1 <> _row`)).toEqual([])
})

test('columns that nobody wants are not copied, and no columns at all still have their rows', async () => {
  await pool.query(
    'create table wide (id int, secret text, "Odd ""Name" text); insert into wide select n, $$hidden$$, $$x$$ from generate_series(1, 3) n',
  )
  const { columns, values } = await copied('select * from wide', { choose: () => ['Odd "Name', 'id'] })
  expect(columns.map(({ name }) => name)).toEqual(['id', 'secret', 'Odd "Name'])
  expect(values).toEqual([1, 2, 3].map((id) => ({ 'Odd "Name': 'x', id: String(id) })))
  expect((await copied('select * from wide', { choose: () => [] })).values).toHaveLength(3)
  expect((await copied('select * from wide where false')).values).toEqual([])
  expect((await copied('select * from wide order by id', { most: 2 })).count).toBe(2)
})

test('a table is named with its schema, and a query may end in a comment or a semicolon', async () => {
  await pool.query(`create schema "Sales.eu"; create schema sales; create table sales.orders (id int); insert into sales.orders values (7)`)
  const source = sqlSource({ connection: 'db', table: 'sales.orders', mode: 'full' })
  expect((await copied(source)).values).toEqual([{ id: '7' }])
  expect((await copied('select id from sales.orders -- all of them')).values).toEqual([{ id: '7' }])
  expect((await copied('select id from sales.orders;\n')).values).toEqual([{ id: '7' }])
})

test.each([
  ['select * from nowhere', 'relation "nowhere" does not exist', 'Correct the table or the query'],
  ['select 1 as a, 2 as a', 'its query gives two columns named "a"', 'Name one of them otherwise'],
  ['select 1/0 as n', 'division by zero', 'Correct'],
  ['with gone as (delete from wide returning id) select id from gone', 'data-modifying', 'may read only'],
  ["select nextval('counter') as n", 'read-only transaction', 'may read only'],
  ['select 1 as a) as b; drop table wide; select * from (select 1', 'multiple commands', 'Correct'],
])('%s is told as the source’s: %s', async (query, message, next) => {
  await pool.query('create sequence if not exists counter')
  await expect(copied(query)).rejects.toMatchObject({
    code: 'source.sql',
    message: expect.stringContaining(message),
    next: expect.stringContaining(next),
  })
  expect(await pool.query("select count(*)::int as n from pg_tables where tablename = 'wide'")).toEqual([{ n: 1 }])
})

const byColumn = (incremental: string, overlap: number | '1h' | '0s', table = 'changes') =>
  sqlSource({ connection: 'db', table, mode: { incremental, overlap } })

test('a slice begins at the greatest value seen, less the overlap, and takes the rows without a value', async () => {
  await pool.query(`create table changes (id int, at timestamptz, day date, n numeric, f float8, small int2);
    insert into changes values
      (1, '2026-01-01 00:00:00.000001+00', '2026-01-01', 1.1, 1.5, 1), (2, '2026-01-01 00:30:00+00', '2026-01-01', 2.2, 2.5, 2),
      (3, '2026-01-01 01:00:00.000001+00', '2026-01-02', 3.3, 3.5, 3), (4, null, null, null, null, null),
      (5, 'infinity', 'infinity', 'NaN', 'Infinity', 32767)`)
  const slice = async (source: RowsAsked['source'], more: Partial<RowsAsked>) => {
    const { values, since, greatest } = await copied(source, more)
    return { ids: values.map(({ id }) => Number(id)).sort((a, b) => a - b), since, greatest }
  }
  const top = '2026-01-01 01:00:00.000001+00'
  expect(await slice(byColumn('at', '1h'), { seen: null })).toEqual({ ids: [1, 2, 3, 4, 5], since: null, greatest: top })
  const since = '2026-01-01 00:00:00.000001+00'
  expect(await slice(byColumn('at', '1h'), { seen: top })).toEqual({ ids: [1, 2, 3, 4, 5], since, greatest: top })
  expect(await slice(byColumn('at', '0s'), { seen: top })).toEqual({ ids: [3, 4, 5], since: top, greatest: top })
  const late = '2027-01-01 00:00:00+00'
  expect(await slice(byColumn('at', 0), { seen: late })).toEqual({ ids: [4, 5], since: late, greatest: late })
  expect(await slice(byColumn('at', '0s'), { seen: late, since })).toEqual({ ids: [1, 2, 3, 4, 5], since, greatest: late })
  expect(await slice(byColumn('at', '0s'), { seen: top, since: null })).toEqual({ ids: [1, 2, 3, 4, 5], since: null, greatest: top })
  expect(await slice(byColumn('day', '1h'), { seen: '2026-01-02' })).toMatchObject({ ids: [1, 2, 3, 4, 5], since: '2026-01-01' })
  expect(await slice(byColumn('n', 1), { seen: '3.3' })).toEqual({ ids: [3, 4, 5], since: '2.3', greatest: '3.3' })
  expect(await slice(byColumn('f', 1), { seen: '3.5' })).toEqual({ ids: [2, 3, 4, 5], since: '2.5', greatest: '3.5' })
  expect(await slice(byColumn('small', 2.5), { seen: '3' })).toEqual({ ids: [1, 2, 3, 4, 5], since: '0', greatest: '32767' })
})

test('a time far ahead of now is not where the next slice begins, however its column is typed; how far is said', async () => {
  await pool.query(`create table plans (id int, at timestamptz, local timestamp, day date);
    insert into plans values (1, now() - interval '1 day', localtimestamp - interval '1 day', current_date - 1),
      (2, '9999-12-31', '9999-12-31', '9999-12-31'), (3, now() + interval '2 days', localtimestamp + interval '2 days', current_date + 2)`)
  for (const column of ['at', 'local', 'day']) {
    const source = byColumn(column, '0s', 'plans')
    const first = await copied(source, { seen: null })
    expect(first).toMatchObject({ count: 3, ahead: { rows: 2, greatest: expect.stringMatching(/^9999-12-31/) } })
    expect(Date.parse(`${first.greatest?.slice(0, 10)}T00:00:00Z`)).toBeLessThan(Date.now())
    expect(await copied(source, { seen: first.greatest })).toMatchObject({ count: 3, greatest: first.greatest })
  }
  const wide = sqlSource({ connection: 'db', table: 'plans', mode: { incremental: 'day', overlap: '0s', ahead: '30d' } })
  const further = await copied(wide, { seen: null })
  expect(further).toMatchObject({ ahead: { rows: 1 } })
  expect(Date.parse(`${further.greatest}T00:00:00Z`)).toBeGreaterThan(Date.now())
})

test('where all values lie below the one that was seen, as of a database that was restored, the greatest that is there is told', async () => {
  await pool.query(`create table restored (id int, at timestamptz, n int);
    insert into restored values (1, '2026-01-01 00:00+00', 1), (2, '2026-01-02 00:00+00', 2), (3, 'infinity', null)`)
  const source = byColumn('at', '1h', 'restored')
  const seen = '2026-02-01 00:00:00+00'
  expect(await copied(source, { seen })).toMatchObject({ count: 1, greatest: seen, behind: '2026-01-02 00:00:00+00' })
  expect(await copied(byColumn('n', 0, 'restored'), { seen: '7' })).toMatchObject({ count: 1, greatest: '7', behind: '2' })
  for (const told of [{ seen: '2026-01-02 00:30:00+00' }, { seen: '2026-01-01 00:00:00+00' }, { seen: null }, { seen, most: 5 }])
    expect(await copied(source, told)).not.toHaveProperty('behind')
  await pool.query('delete from restored')
  expect(await copied(source, { seen })).not.toHaveProperty('behind')
})

test.each([
  [byColumn('gone', 0), 'there is no column "gone"', 'at (timestamp with time zone)'],
  [byColumn('at', 5), 'the overlap is a number', "'1h'"],
  [byColumn('n', '1h'), 'the overlap is a span of time', 'as a number'],
  [byColumn('v', 0, 'texts'), 'the column "v" is text', 'grows with each change'],
])('an incremental source that goes by what it cannot is refused (%#)', async (source, message, next) => {
  await pool.query('create table if not exists texts (v text)')
  await expect(copied(source)).rejects.toMatchObject({
    code: 'source.sql',
    message: expect.stringContaining(message),
    next: expect.stringContaining(next),
  })
})

test('columns, count, greatest value and rows are of one moment, whatever is written meanwhile', async () => {
  await pool.query('create table moving (id int, n int); insert into moving select n, n from generate_series(1, 500) n')
  let wrote: Promise<unknown> = Promise.resolve()
  const copy = await copied(byColumn('n', 0, 'moving'), {
    choose: (columns) => {
      wrote = pool.query('insert into moving select n, n from generate_series(501, 900) n; delete from moving where id < 100')
      return columns.map(({ name }) => name)
    },
  })
  await wrote
  expect(copy).toMatchObject({ count: 500, greatest: '500' })
  expect(copy.values).toHaveLength(500)
})

test('a statement that runs too long, and a table that others hold, end at their limits', async () => {
  const limits = { statement: '200ms', lock: '100ms' } as const
  const slow = sqlSource({ name: 'slow', connection: 'db', query: 'select pg_sleep(60)', mode: 'full', limits })
  await expect(copied(slow)).rejects.toMatchObject({ facts: { sqlstate: '57014' } })
  await pool.query('create table held (id int)')
  await pool.transaction(async (tx) => {
    await tx.query('lock table held in access exclusive mode')
    const source = sqlSource({ connection: 'db', table: 'held', mode: 'full', limits: { ...limits, statement: '1h' } })
    await expect(copied(source)).rejects.toMatchObject({ code: 'postgres.unavailable', facts: { sqlstate: '55P03' } })
  })
})

test('an aborted copy ends at once and leaves no session behind', async () => {
  const abort = new AbortController()
  const source = sqlSource({
    name: 'endless',
    connection: 'db',
    query: 'select repeat($$x$$, 1000) as x from generate_series(1, 100000000)',
    mode: 'full',
  })
  const context = { workFolder: await mkdtemp(join(workFolder, 'aborted-')), signal: abort.signal }
  const copying = postgres.copy({ name: 'db', type: 'postgres', url: database.url }, { source, ...all }, context)
  while ((await readdir(context.workFolder)).length === 0) await new Promise(setImmediate)
  abort.abort()
  await expect(copying).rejects.toMatchObject({ name: 'AbortError' })
  const left = `select count(*)::int as n from pg_stat_activity where application_name = 'sluice endless'`
  while ((await pool.query<{ n: number }>(left))[0]?.n !== 0) await new Promise(setImmediate)
})
