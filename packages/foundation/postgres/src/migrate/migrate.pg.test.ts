import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { migrateDown, migrateUp, migrationStatus } from './migrate.ts'
import { type Migration, readMigrations } from './migration.ts'

const history: Migration[] = [
  { id: '0001_person', up: 'create table person (id int primary key); insert into person values (1)', down: 'drop table person' },
  { id: '0002_name', up: 'alter table person add name text', down: 'alter table person drop name' },
]
let database: TestDatabase

beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.drop())

const tables = (): Promise<unknown[]> =>
  withSession(database.url, (session) =>
    session.query(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    ),
  )

test('up, status and down bring the schema there and back', async () => {
  expect(await migrationStatus(database.url, history)).toEqual({ applied: [], pending: ['0001_person', '0002_name'] })
  const before = Date.now()
  expect(await migrateUp(database.url, history, { target: '0001_person' })).toEqual(['0001_person'])
  const after = Date.now()
  expect(await migrateUp(database.url, history)).toEqual(['0002_name'])
  expect(await migrateUp(database.url, history)).toEqual([])
  const { applied, pending } = await migrationStatus(database.url, history)
  expect(pending).toEqual([])
  expect(applied.map(({ id }) => id)).toEqual(['0001_person', '0002_name'])
  expect(applied[0]?.appliedAt).toBeGreaterThanOrEqual(before)
  expect(applied[0]?.appliedAt).toBeLessThanOrEqual(after)
  expect(await migrateDown(database.url, history, 'none')).toEqual(['0002_name', '0001_person'])
  expect(await tables()).toEqual([{ name: 'public.sluice_migrations' }])
})

test('two histories in two schemas do not know of each other', async () => {
  await migrateUp(database.url, [{ id: '0001_a', up: 'create table "Odd one".a ()' }], { schema: 'Odd one' })
  await migrateUp(database.url, history)
  expect(await tables()).toEqual([
    { name: 'Odd one.a' },
    { name: 'Odd one.sluice_migrations' },
    { name: 'public.person' },
    { name: 'public.sluice_migrations' },
  ])
})

test('eight migrators at once apply each file once', async () => {
  const done = await Promise.all(Array.from({ length: 8 }, () => migrateUp(database.url, history)))
  expect(done.flat().sort()).toEqual(['0001_person', '0002_name'])
})

test('a file that fails leaves nothing of itself and names its line', async () => {
  const broken = [...history, { id: '0003_broken', up: 'create table half ();\n\nalter table person\n  add column at wrong_type;' }]
  await expect(migrateUp(database.url, broken)).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringContaining('0003_broken.up.sql, line 4'),
    facts: { migration: '0003_broken', line: 4, sqlstate: '42704' },
  })
  expect(await tables()).not.toContainEqual({ name: 'public.half' })
  expect((await migrationStatus(database.url, broken)).pending).toEqual(['0003_broken'])
})

test('a changed file is drift, for applying and for looking', async () => {
  await migrateUp(database.url, history)
  const changed = history.map((each) => (each.id === '0002_name' ? { ...each, up: `${each.up} not null` } : each))
  await expect(migrateUp(database.url, changed)).rejects.toMatchObject({ code: 'migration.drift', facts: { migration: '0002_name' } })
  await expect(migrationStatus(database.url, changed)).rejects.toMatchObject({ code: 'migration.drift' })
})

test('a file without transaction builds an index concurrently while other migrators wait', async () => {
  const concurrent = [
    ...history,
    {
      id: '0003_index',
      up: '-- no-transaction\ncreate index concurrently person_name on person (name);\nvacuum person;',
      down: '-- no-transaction\ndrop index concurrently person_name',
    },
  ]
  const done = await Promise.all([
    migrateUp(database.url, concurrent),
    migrateUp(database.url, concurrent),
    migrateUp(database.url, concurrent),
  ])
  expect(done.flat()).toHaveLength(3)
  expect(await migrateDown(database.url, concurrent, { id: '0002_name' })).toEqual(['0003_index'])
})

test('a migrator does not wait forever for another one', async () => {
  await withSession(database.url, async (session) => {
    await session.query("select pg_advisory_lock(hashtextextended('sluice migrations ' || $1, 0))", ['public'])
    await expect(migrateUp(database.url, history, { lockTimeoutMs: 40 })).rejects.toMatchObject({ code: 'lock.held' })
  })
})

test('a folder of files is read, and a file with another name is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice migrations '))
  try {
    await writeFile(join(folder, '0001_a.up.sql'), 'create table a ()')
    await writeFile(join(folder, '0001_a.down.sql'), 'drop table a')
    await writeFile(join(folder, 'README.md'), 'about')
    expect(await readMigrations(folder)).toEqual([{ id: '0001_a', up: 'create table a ()', down: 'drop table a' }])
    await writeFile(join(folder, '2_b.sql'), '')
    await expect(readMigrations(folder)).rejects.toMatchObject({ code: 'definition.invalid', message: expect.stringContaining('2_b.sql') })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
