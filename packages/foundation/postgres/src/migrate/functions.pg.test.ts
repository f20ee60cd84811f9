import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { readFunctions, type SqlFunction } from './functions.ts'
import { migrateDown, migrateUp } from './migrate.ts'
import type { Migration } from './migration.ts'

const schema = 'state'
const tables: Migration[] = [
  { id: '0001_tables', up: 'create table state.person (id int, seen int default 0)', down: 'drop table state.person' },
]
const sqlFunction = (name: string, head: string, body: string, rest = ''): SqlFunction => ({
  name,
  sql: `create or replace function state.${name}${head} as $$ ${body} $$;${rest}`,
})
const one = sqlFunction('one', '() returns int language sql', 'select 1')
/** Calls a function that comes after it by name. */
const caller = sqlFunction('caller', '() returns int language sql', 'select state.one()')
const touch = sqlFunction(
  'touch',
  '() returns trigger language plpgsql',
  'begin new.seen := old.seen + 1; return new; end',
  '\ncreate or replace trigger seen before update on state.person for each row execute function state.touch();',
)

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.drop())

const up = (...functions: SqlFunction[]): Promise<string[]> => migrateUp(database.url, tables, { schema, functions })
const query = (sql: string): Promise<Record<string, unknown>[]> => withSession(database.url, (session) => session.query(sql))
const signatures = async (): Promise<unknown[]> =>
  (await query("select oid::regprocedure::text as is from pg_proc where pronamespace = 'state'::regnamespace order by 1")).map(
    ({ is }) => is,
  )
const oneGives = async (): Promise<unknown> => (await query('select state.one() as is'))[0]?.is

test('functions are applied after the tables, whichever of them calls another one, and not again while their text is the same', async () => {
  expect(await up(caller, one)).toEqual(['0001_tables', 'caller', 'one'])
  const version = () => query("select oid, xmin from pg_proc where pronamespace = 'state'::regnamespace order by oid")
  const before = await version()
  expect(await up(caller, one)).toEqual([])
  expect(await version()).toEqual(before)
})

test('a changed function is applied again and keeps its identity; the others are left alone', async () => {
  await up(caller, one)
  const identity = () => query("select 'state.one'::regproc::oid as oid")
  const before = await identity()
  expect(await up(caller, sqlFunction('one', '() returns int language sql', 'select 2'))).toEqual(['one'])
  expect(await oneGives()).toBe(2)
  expect(await query('select state.caller() as is')).toEqual([{ is: 2 }])
  expect(await identity()).toEqual(before)
})

test('a function whose file is gone is dropped, with its triggers', async () => {
  await up(caller, one, touch)
  await query('insert into state.person values (1)')
  expect(await query('update state.person set id = 2 returning seen')).toEqual([{ seen: 1 }])
  expect(await up(one)).toEqual(['caller', 'touch'])
  expect(await signatures()).toEqual(['state.one()'])
  expect(await query('update state.person set id = 3 returning seen')).toEqual([{ seen: 1 }])
})

test('a trigger that its file no longer makes is gone', async () => {
  await up(touch)
  const bare = { ...touch, sql: touch.sql.slice(0, touch.sql.indexOf('create or replace trigger')) }
  expect(await up(bare)).toEqual(['touch'])
  expect(await query("select tgname from pg_trigger where tgrelid = 'state.person'::regclass")).toEqual([])
})

test.each([
  ['types of parameters', '(n bigint) returns int language sql', 'select 1', 'state.one(bigint)'],
  ['names of parameters', '(m int) returns int language sql', 'select 1', 'state.one(integer)'],
  ['result', '(n int) returns text language sql', "select '1'", 'state.one(integer)'],
])('a function with other %s takes the place of the old one', async (_, head, body, signature) => {
  await up(sqlFunction('one', '(n int) returns int language sql', 'select 1'))
  expect(await up(sqlFunction('one', head, body))).toEqual(['one'])
  expect(await signatures()).toEqual([signature])
})

test('a broken file leaves every function as it was, and names its line', async () => {
  await up(one, caller)
  const changed = sqlFunction('caller', '() returns int language sql', 'select 7')
  const broken = sqlFunction('one', '() returns int language plpgsql', '\nbegin\n  retrun 2;\nend\n')
  await expect(up(changed, broken)).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringContaining('one.sql, line 3: '),
    facts: { function: 'one', line: 3 },
  })
  expect(await query('select state.caller() as is')).toEqual([{ is: 1 }])
  expect(await up(one, caller)).toEqual([])
})

test('a function that calls what does not exist is refused', async () => {
  await expect(up(caller)).rejects.toMatchObject({ code: 'migration.failed', facts: { function: 'caller', sqlstate: '42883' } })
})

test('a file that defines its function twice, or in another schema, is refused', async () => {
  const twice = { ...one, sql: `${one.sql} ${one.sql.replace('one()', 'one(n int)')}` }
  await expect(up(twice)).rejects.toThrow('one.sql: the file defines 2 functions one in the schema state')
  const elsewhere = { ...one, sql: one.sql.replace('state.', 'public.') }
  await expect(up(elsewhere)).rejects.toThrow('one.sql: the file defines 0 functions one in the schema state')
})

test('a function that a view needs is not dropped from under it', async () => {
  await up(one)
  await query('create view state.ones as select state.one()')
  expect(await up(sqlFunction('one', '() returns int language sql', 'select 3'))).toEqual(['one'])
  await expect(up()).rejects.toMatchObject({ facts: { sqlstate: '2BP01' } })
  expect(await query('select * from state.ones')).toEqual([{ one: 3 }])
})

test('eight migrators at once apply each function once', async () => {
  const done = await Promise.all(Array.from({ length: 8 }, () => up(one, caller)))
  expect(done.flat().sort()).toEqual(['0001_tables', 'caller', 'one'])
})

test('functions go before the tables that they need are taken back, and come again with them', async () => {
  const ofTable = sqlFunction('of_table', '() returns setof state.person language sql', 'select * from state.person')
  await up(one, ofTable, touch)
  await migrateDown(database.url, tables, 'none', { schema })
  expect(await signatures()).toEqual([])
  expect(await up(one, ofTable, touch)).toEqual(['0001_tables', 'of_table', 'one', 'touch'])
})

test('a history without functions leaves those of the schema alone, and so does one that stops before its last migration', async () => {
  await up(one)
  await migrateUp(database.url, tables, { schema })
  await migrateUp(database.url, tables, { schema, target: '0001_tables', functions: [caller] })
  expect(await signatures()).toEqual(['state.one()'])
})

test('a folder of files is read, each named for its function', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice functions '))
  try {
    await writeFile(join(folder, 'b.sql'), 'create or replace function b()')
    await writeFile(join(folder, 'a.sql'), 'create or replace function a()')
    await writeFile(join(folder, 'README.md'), 'about')
    expect(await readFunctions(folder)).toEqual([
      { name: 'a', sql: 'create or replace function a()' },
      { name: 'b', sql: 'create or replace function b()' },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
