import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyDataset, bigint, dataset, type ForeignKey, integer, text } from '@sluice/author'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDrift, diffWarehouse, migrate, migrateBack, migratePlatform, openWarehouse } from '../index.ts'
import { changed, columns, plain, tableChanges, things } from './testing/table-changes.ts'

let database: TestDatabase
let pool: Pool
let folder: string

beforeEach(async () => {
  database = await testDatabase()
  pool = openPool(database.url)
  folder = await mkdtemp(join(tmpdir(), 'diff '))
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

/** Writes the migration that is lacking; its up text. */
async function write(tables: readonly AnyDataset[], keys: readonly ForeignKey[] = [], name?: string): Promise<string> {
  const { migration } = await diffWarehouse(database.url, folder, { tables, keys, ...(name === undefined ? {} : { name }) })
  if (migration === null) throw new Error('nothing to write')
  await writeFile(join(folder, `${migration.id}.up.sql`), migration.up)
  await writeFile(join(folder, `${migration.id}.down.sql`), migration.down)
  return migration.up
}

test.each(tableChanges)('the migration of %s leaves no drift, and its down file brings back what was there', async (_, before, after) => {
  if (before.length > 0) {
    await write(before)
    await migrate(database.url, folder, { tables: before })
  }
  const up = await write(after, [], 'change')
  expect(await migrate(database.url, folder, { tables: after })).toHaveLength(1)
  expect(await checkDrift(pool, after), up).toEqual([])
  await migrateBack(database.url, folder, before.length > 0 ? await first() : 'none')
  expect(await checkDrift(pool, before), up).toEqual([])
})

const first = async (): Promise<string> =>
  (await pool.query<{ id: string }>('select id from sluice_migrations order by id limit 1'))[0]?.id ?? ''

test('rows keep their values where a column is renamed, widened or gets a default', async () => {
  await write([changed({ old: integer() })])
  await migrate(database.url, folder, { tables: [changed({ old: integer() })] })
  await pool.query('insert into shop.things (id, n, old, _load_id) values (1, 2, 3, 4)')
  const after = things({ columns: { ...columns, n: bigint({ default: '7' }), renamed: integer() } })
  expect(await write([after], [], 'change')).toContain('-- Taken for one column under a new name.')
  await migrate(database.url, folder, { tables: [after] })
  expect(await pool.query('select id, n::int, renamed from shop.things')).toEqual([{ id: 1, n: 2, renamed: 3 }])
})

test('values that a shorter list leaves out are a loss', async () => {
  const before = changed({ word: text({ oneOf: ['a', 'b'] }) })
  await write([before])
  await migrate(database.url, folder, { tables: [before] })
  const { losses } = await diffWarehouse(database.url, folder, { tables: [changed({ word: text({ oneOf: ['a'] }) })], keys: [] })
  expect(losses).toEqual(["constraint things_word_check on shop.things leaves 'b' out: rows that have it are refused"])
})

test('a table that people made gets the columns and the index of the platform, with its rows', async () => {
  await pool.query('create schema shop; create table shop.things (id integer not null, word text, n integer, day date)')
  await pool.query('insert into shop.things values (1)')
  await write([plain])
  await migrate(database.url, folder, { tables: [plain] })
  expect(await checkDrift(pool, [plain])).toEqual([])
  expect(await pool.query('select id, _load_id::int from shop.things')).toEqual([{ id: 1, _load_id: 0 }])
})

test('a column that rows need a value for says so, and fails without losing anything', async () => {
  await write([plain])
  await migrate(database.url, folder, { tables: [plain] })
  await pool.query('insert into shop.things (id, _load_id) values (1, 2)')
  const after = [changed({ more: text({ notNull: true }) })]
  expect(await write(after, [], 'more')).toContain('-- Rows that are there need a value: give a default')
  await expect(migrate(database.url, folder, { tables: after })).rejects.toMatchObject({ code: 'migration.failed' })
  expect(await pool.query('select id from shop.things')).toEqual([{ id: 1 }])
})

const byHand = [
  'alter table shop.things add constraint c check (n < 100)',
  'create index pe on shop.things (lower(word))',
  'create index extra on shop.things (n)',
  'alter table shop.things add constraint u unique (n, day)',
  'alter table shop.things add primary key (id)',
  'alter table shop.things enable row level security',
  'alter table shop.things force row level security',
  'create policy p on shop.things for select using (n > 0)',
  "create function shop.f() returns trigger language plpgsql as 'begin return new; end'",
  'create trigger tr before insert on shop.things for each row execute function shop.f()',
  'create rule r as on update to shop.things do instead nothing',
  'alter table shop.things add column extra integer default 5',
  'create table shop.more () inherits (shop.things)',
  'alter table shop.more set unlogged; alter table shop.things set unlogged',
]

test('what was made by hand is taken away by the migration that is written, and a new database does not miss it', async () => {
  await write([plain])
  await migrate(database.url, folder, { tables: [plain] })
  for (const statement of byHand) await pool.query(statement)
  expect((await checkDrift(pool, [plain])).length).toBeGreaterThanOrEqual(byHand.length - 2)
  await write([plain], [], 'undo')
  expect(await migrate(database.url, folder, { tables: [plain] })).toHaveLength(1)
  expect(await checkDrift(pool, [plain])).toEqual([])
  const other = await testDatabase()
  expect(await migrate(other.url, folder, { tables: [plain] })).toHaveLength(2)
  await other.drop()
})

test('what a migration had made and somebody dropped comes back', async () => {
  await write([plain])
  await writeFile(
    join(folder, '0002_own.up.sql'),
    'alter table shop.things add constraint c check (n < 100); create index pe on shop.things (lower(word))',
  )
  await migrate(database.url, folder, { tables: [plain] })
  await pool.query('alter table shop.things drop constraint c; drop index shop.pe')
  await write([plain], [], 'again')
  await migrate(database.url, folder, { tables: [plain] })
  expect(await checkDrift(pool, [plain])).toEqual([])
})

test('a view that a model has made and that is not declared any more stays, and the migration that drops it is proposed', async () => {
  await migratePlatform(database.url)
  const refresh = async (name: string, as: 'view' | 'materialized view', query: string) =>
    await openWarehouse({ database: { pool }, project: 'demo' }).refreshView({
      write: {
        project: 'demo',
        pipeline: 'p',
        task: name,
        run: 'r',
        attempt: 1,
        dataset: `demo:warehouse.${name}`,
        batch: name,
        generation: 0,
        logicalTime: 0,
        inputs: [],
      },
      view: dataset(name as 'mart.a', { on: 'warehouse', as, columns: { n: integer() } }),
      query,
    })
  await refresh('mart.one', 'view', 'select 1 as n')
  await refresh('mart.two', 'materialized view', 'select n + 1 as n from mart.one')
  const diff = (...views: readonly string[]) => diffWarehouse(database.url, null, { tables: [], keys: [], views })
  expect(await diff('mart.one', 'mart.two')).toMatchObject({ differences: [], migration: null })
  const { differences, migration } = await diff()
  expect(differences).toEqual([
    'materialized view mart.two was made by a model and is not declared any more',
    'view mart.one was made by a model and is not declared any more',
  ])
  await pool.query(migration?.up ?? '')
  expect(await pool.query("select to_regclass('mart.one') as there")).toEqual([{ there: null }])
  await pool.query(migration?.down ?? '')
  expect(await pool.query('select n from mart.two')).toEqual([{ n: 2 }])
  expect((await diff()).differences).toHaveLength(2)
})

test('what a dataset grants is written as a migration, and what was granted or taken by hand is drift', async () => {
  await migratePlatform(database.url)
  const role = `analysts_${database.url.split('/').at(-1)?.replaceAll(/\W/g, '_')}`
  await pool.query(`create role ${role}`)
  try {
    const open = things({ grants: { select: [role, 'public'], insert: [role] } })
    expect(await write([open])).toContain(`grant select on "shop"."things" to "${role}"`)
    await migrate(database.url, folder, { tables: [open] })
    const rights = () =>
      pool.query(
        "select has_table_privilege($1, 'shop.things', 'select') as read, has_table_privilege($1, 'shop.things', 'insert') as add",
        [role],
      )
    expect(await rights()).toEqual([{ read: true, add: true }])
    expect(await checkDrift(pool, [open])).toEqual([])
    await pool.query(`revoke insert on shop.things from ${role}; grant delete on shop.things to ${role}`)
    expect(await checkDrift(pool, [open])).toEqual([
      `GRANT INSERT TO ${role} on shop.things is declared and not in the database`,
      `GRANT DELETE TO ${role} on shop.things is in the database, and not declared`,
    ])
    await pool.query(`revoke delete on shop.things from ${role}; grant insert on shop.things to ${role}`)
    expect(await write([things({})])).toContain(`revoke insert on`)
    await migrate(database.url, folder, { tables: [things({})] })
    expect(await rights()).toEqual([{ read: false, add: false }])
    await migrateBack(database.url, folder, '0001_things')
    expect(await checkDrift(pool, [open])).toEqual([])
  } finally {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})
