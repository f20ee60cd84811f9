import { afterEach, beforeEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { migrateUp } from './migrate.ts'
import { splitStatements } from './split.ts'
import { builtIndex } from './unfinished-index.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.drop())

test.each([
  ['create index concurrently by_name on person (name)', { name: 'by_name', table: 'person' }],
  [
    '-- of names\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "By ""Name""" ON ONLY shop."Person" (name)',
    { name: 'By "Name"', table: 'shop."Person"' },
  ],
  ['create index By_Name on person (name)', undefined],
  ['create index concurrently on person (name)', undefined],
  ["create function f() returns text language sql return 'concurrently a on b'", undefined],
  ['drop index concurrently by_name', undefined],
])('%s', (sql, built) => {
  expect(splitStatements(sql).map(builtIndex)).toEqual([built])
})

test('a migration whose index was not finished makes it anew, and leaves what it had made before as it is', async () => {
  const first = { id: '0001_person', up: 'create table person (id int primary key, name text)' }
  await migrateUp(database.url, [first])
  const up = `-- no-transaction
create index concurrently if not exists by_id on person (id, name);
create unique index concurrently if not exists by_name on person (name)`
  await withSession(database.url, (session) => session.query("insert into person values (1, 'a'), (2, 'a')"))
  await expect(migrateUp(database.url, [first, { id: '0002_indexes', up }])).rejects.toMatchObject({ code: 'migration.failed' })
  const indexes = () =>
    withSession(database.url, (session) =>
      session.query<{ name: string; oid: number; valid: boolean }>(
        "select c.relname as name, c.oid::int as oid, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname like 'by%' order by 1",
      ),
    )
  const [byId, byName] = await indexes()
  expect([byId?.valid, byName?.valid]).toEqual([true, false])
  await withSession(database.url, (session) => session.query("update person set name = 'b' where id = 2"))
  expect(await migrateUp(database.url, [first, { id: '0002_indexes', up }])).toEqual(['0002_indexes'])
  const after = await indexes()
  expect(after.map(({ valid }) => valid)).toEqual([true, true])
  expect(after[0]?.oid).toBe(byId?.oid)
})
