import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { migrateDown, migrateUp, migrationStatus } from './migrate.ts'
import { type Migration, readMigrations } from './migration.ts'
import type { Waiting } from './patience.ts'

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

test('what fails without a place in its text is told by the line at which its statement begins', async () => {
  const up = '-- two steps\ncreate table half ();\n\n-- the second one\nalter table\n  absent add a int;\ndrop table half'
  await expect(migrateUp(database.url, [...history, { id: '0003_broken', up }])).rejects.toMatchObject({
    message: expect.stringContaining('0003_broken.up.sql, line 5: '),
    facts: { line: 5, sqlstate: '42P01' },
  })
  expect(await tables()).not.toContainEqual({ name: 'public.half' })
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

test('a migration that has to wait for a lock lets readers through, tells who holds it, and is applied in the end', async () => {
  await migrateUp(database.url, history)
  const more = [...history, { id: '0003_more', up: 'alter table person add more text', down: 'alter table person drop more' }]
  await withSession(database.url, async (holder) => {
    await holder.query('begin')
    await holder.query('select * from person')
    const waits: Waiting[] = []
    const { promise: waited, resolve } = Promise.withResolvers<void>()
    const onWait = (waiting: Waiting): void => {
      if (waits.push(waiting) === 3) resolve()
    }
    const migrated = migrateUp(database.url, more, { onWait })
    await waited
    // The holder is still there: whoever waits behind the migration would wait for the holder.
    expect(await withSession(database.url, (reader) => reader.query('select id from person'))).toEqual([{ id: 1 }])
    expect(waits[0]).toMatchObject({
      id: '0003_more.up.sql',
      holders: [expect.stringMatching(/^process \d+ \(postgres, sluice\) on person$/)],
    })
    await holder.query('commit')
    expect(await migrated).toEqual(['0003_more'])
  })
})

test('a migration whose patience ends has changed nothing and may be tried again', async () => {
  await migrateUp(database.url, history)
  const statements = 'create table first (a int); alter table person add more text'
  await withSession(database.url, async (holder) => {
    await holder.query('begin')
    await holder.query('select * from person')
    for (const up of [statements, `-- no-transaction\nalter table person add more text`]) {
      await expect(migrateUp(database.url, [...history, { id: '0003_more', up }], { patienceMs: 0 })).rejects.toMatchObject({
        code: 'migration.blocked',
        kind: 'retryable',
        message: expect.stringContaining('on person'),
      })
    }
    await holder.query('commit')
  })
  expect(await tables()).not.toContainEqual({ name: 'public.first' })
  expect(await migrateUp(database.url, [...history, { id: '0003_more', up: statements }])).toEqual(['0003_more'])
})

test('a statement that runs in no transaction is refused with what to write, and nothing of its file was applied', async () => {
  await migrateUp(database.url, history)
  const up = 'create table first (a int); create index concurrently first_a on first (a)'
  await expect(migrateUp(database.url, [...history, { id: '0003_index', up }])).rejects.toMatchObject({
    code: 'migration.failed',
    next: expect.stringContaining('begins with the line "-- no-transaction"'),
  })
  expect(await tables()).not.toContainEqual({ name: 'public.first' })
})

test('what a file sets for its session is gone for its record and for the next file', async () => {
  const role = `settings_${process.pid}`
  await withSession(database.url, (session) => session.query(`create role ${role}`))
  const sets = `create temporary table person (wrong int); set search_path = pg_catalog; set timezone = 'Asia/Kolkata'; set role ${role}`
  const after = `create table seen as select current_user::text as role, current_setting('TimeZone') as zone, to_regclass('person')::text as person`
  const files: Migration[] = [
    { id: '0001_person', up: 'create table person (id int)' },
    { id: '0002_sets', up: sets },
    { id: '0003_after', up: after },
    { id: '0004_alone', up: `-- no-transaction\n${sets}` },
    { id: '0005_after', up: after.replace('seen', 'seen_again') },
  ]
  expect(await migrateUp(database.url, files)).toHaveLength(5)
  for (const table of ['seen', 'seen_again'])
    expect(await withSession(database.url, (session) => session.query(`select * from public.${table}`))).toEqual([
      { role: 'postgres', zone: 'UTC', person: 'person' },
    ])
  await withSession(database.url, (session) => session.query(`drop role ${role}`))
})

test('a file that would commit by itself is refused before anything runs', async () => {
  const up = 'create table half ();\ncommit;\nselect 1 / 0'
  await expect(migrateUp(database.url, [...history, { id: '0003_commits', up }])).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringContaining('0003_commits.up.sql, line 2: COMMIT'),
  })
  expect(await tables()).toEqual([{ name: 'public.sluice_migrations' }])
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
