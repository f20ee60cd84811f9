import { dataset, rawSql, type Sql, sql, text } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsedSql } from './parsed.ts'
import { refuseVolatile } from './volatile-in-lake.ts'

let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => duck.close())

const rows = dataset('silver.rows', { on: 'lake', columns: { a: text() } })

async function refused(of: Sql): Promise<unknown> {
  const connection = await duck.connect()
  try {
    await refuseVolatile(connection, 'm', await parsedSql(connection, of))
    return undefined
  } catch (thrown) {
    return thrown
  } finally {
    connection.close()
  }
}

test.each([
  ["age(timestamp '2020-01-01')", 'age()'],
  ['main.now()', 'now()'],
  ['"now"()', 'now()'],
  ['"NOW"()', 'now()'],
  ['"current_date"', 'current_date'],
  ['current_localtimestamp()', 'current_localtimestamp()'],
  ['system.main.current_localtime()', 'current_localtime()'],
  ["strftime(get_current_timestamp(), '%Y')", 'get_current_timestamp()'],
  ["ago(interval '1 day')", 'ago()'],
  ['pg_postmaster_start_time()', 'pg_postmaster_start_time()'],
  ['list_transform([1], x -> x + random())', 'random()'],
  ['sum(1) filter (where "uuid"() is not null)', 'uuid()'],
  ['(select max(txid_current()))', 'txid_current()'],
  ["current_setting('TimeZone')", 'current_setting()'],
  ["getvariable('x')", 'getvariable()'],
  ["case when true then nextval('s') end", 'nextval()'],
])('a function that gives something else on each run is found where the words are not: %s', async (expression, word) => {
  expect(await refused(sql`with x as (select ${rawSql(expression)} as v from ${rows}) select * from x`)).toMatchObject({
    code: 'definition.invalid',
    facts: { word },
  })
})

test.each([
  ['from _ using sample 10%', 'a sample'],
  ['from _ tablesample reservoir(10)', 'a sample'],
  ['from (select * from _ tablesample reservoir(5 rows) repeatable (42)) t', 'a sample'],
  ["from _, read_text('/etc/hostname')", 'the table function read_text'],
  ["from _, 'other.csv'", 'other.csv'],
  ['from _, elsewhere', 'elsewhere'],
  ["from _, glob('*')", 'the table function glob'],
  ['from _, duckdb_settings()', 'the table function duckdb_settings'],
  ["from _ where exists (from query('select 1'))", 'the table function query'],
  ['from _, information_schema.tables', 'information_schema.tables'],
])('a sample, and what no receipt names, is refused: %s', async (from, word) => {
  const [before = '', after = ''] = `select 1 ${from}`.split(/\b_\b/)
  expect(await refused(sql`${rawSql(before)}${rows}${rawSql(after)}`)).toMatchObject({ code: 'definition.invalid', facts: { word } })
})

test('the place is told in lines and columns of the SQL', async () => {
  expect(await refused(sql`select 'é€😀' as a,\n  "now"() as b from ${rows}`)).toMatchObject({ facts: { line: 2, column: 3 } })
})

test.each([
  "age(timestamp '2020-01-01', timestamp '2019-01-01')",
  'make_timestamptz(1)',
  "strptime('2020', '%Y')",
  'error(1::varchar)',
  '(select count(*) from range(3))',
  'list_transform([1], x -> x + 1)',
  'row_number() over ()',
  "split_part(a, ',', 1)",
  'round_even(1.5, 0)',
  'x.now',
  "'now()'",
  'nowhere(1)',
])('what gives the same on each run passes: %s', async (expression) => {
  expect(
    await refused(sql`with x as (select *, 1 as now from ${rows}) select ${rawSql(expression)} from x, unnest([1]), json_each('[1]')`),
  ).toBe(undefined)
})

test('text that DuckDB does not parse is left to whoever describes it', async () => {
  expect(await refused(sql`selec 1`)).toBe(undefined)
})

test('DuckDB is asked about a function once', async () => {
  const connection = await duck.connect()
  const parsed = await parsedSql(connection, sql`select upper(a), random() from ${rows}`)
  const found = { code: 'definition.invalid', facts: { word: 'random()' } }
  await expect(refuseVolatile(connection, 'm', parsed)).rejects.toMatchObject(found)
  connection.close()
  await expect(refuseVolatile(connection, 'm', parsed)).rejects.toMatchObject(found)
})
