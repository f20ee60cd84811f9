import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataset, decimal, integer, text, timestamp } from '@sluice/author'
import { openPool, type Pool } from '@sluice/postgres'
import { cloneDatabase, startTestServer, type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkDrift, createTableSql, migrate, migrateBack } from '../index.ts'

const words = dataset('public.words', { on: 'warehouse', columns: { word: text({ notNull: true }) }, key: ['word'] })
const things = dataset('public.things', {
  on: 'warehouse',
  columns: { id: integer({ notNull: true }), v: text({ oneOf: ['a', 'b'] }), at: timestamp(), n: decimal(10, 2, { default: '0' }) },
  key: ['id'],
  indexes: [['v']],
  references: { v: [words, 'word'] },
})

let migrated: TestDatabase
let database: TestDatabase
let pool: Pool
let folder: string
const file = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)
const drift = (): Promise<readonly string[]> => checkDrift(pool, [words, things])

const first = async (): Promise<void> => {
  folder = await mkdtemp(join(tmpdir(), 'by hand '))
  await file('0001_things.up.sql', [words, things].flatMap((table) => createTableSql(table)).join(';\n'))
  await file('0001_things.down.sql', 'drop table things, words')
}

// Migrated once: each test has a clone.
beforeAll(async () => {
  migrated = await testDatabase()
  await first()
  await migrate(migrated.url, folder, { tables: [words, things] })
})
afterAll(() => migrated.drop())
beforeEach(async () => {
  database = await cloneDatabase(await startTestServer(), migrated.name)
  pool = openPool(database.url)
  await first()
})
afterEach(async () => {
  await pool.end()
  await database.drop()
})

const trigger = `create function swallow() returns trigger language plpgsql as 'begin return null; end';
  create trigger tr before insert on things for each row execute function swallow()`

test.each([
  ['a check', 'alter table things add constraint c check (id < 100)', 'CHECK ((id < 100)) on public.things'],
  ['a check of new rows only', 'alter table things add check (id < 9) not valid', 'CHECK ((id < 9)) NOT VALID on public.things'],
  ['a declared check that is gone', 'alter table things drop constraint things_v_check', "CHECK ((v = ANY (ARRAY['a'::text, 'b'::text])))"],
  ['a trigger', trigger, 'CREATE TRIGGER tr BEFORE INSERT ON public.things'],
  ['foreign keys that are not checked', 'alter table things disable trigger all', 'DISABLED TRIGGERS of foreign keys'],
  ['row level security', 'alter table things enable row level security', 'ROW LEVEL SECURITY on public.things'],
  [
    'row level security for the owner, too',
    'alter table things enable row level security; alter table things force row level security',
    'FORCE ROW LEVEL SECURITY on public.things',
  ],
  ['a policy', 'create policy p on things for select using (id > 0)', 'POLICY p FOR SELECT TO PUBLIC USING ((id > 0)) on public.things'],
  ['a partial index', 'create unique index pu on things (v) where id > 5', 'USING btree (v) WHERE (id > 5) on public.things'],
  ['an index over an expression', 'create unique index pe on things (lower(v))', 'USING btree (lower(v)) on public.things'],
  ['a unique index that counts nulls', 'create unique index pn on things (n) nulls not distinct', 'NULLS NOT DISTINCT on public.things'],
  ['an index by hash', 'create index ph on things using hash (v)', 'CREATE INDEX ph ON public.things USING hash (v) on public.things'],
  ['an index the other way', 'create index pd on things (v desc)', 'USING btree (v DESC) on public.things'],
  ['an index with an operator class', 'create index po on things (v text_pattern_ops)', 'USING btree (v text_pattern_ops)'],
  ['an index with more columns in it', 'create index pi on things (v) include (n)', 'USING btree (v) INCLUDE (n) on public.things'],
  [
    'a declared index of another kind',
    'drop index things_v_idx; create index things_v_idx on things using hash (v)',
    'index (v) on public.things is declared and not in the database',
  ],
  [
    'a unique constraint that counts nulls',
    'alter table things add constraint pu unique nulls not distinct (n)',
    'UNIQUE NULLS NOT DISTINCT (n)',
  ],
  ['a table that a crash empties', 'alter table things set unlogged', 'UNLOGGED on public.things'],
  [
    'a key that is checked late',
    'alter table things drop constraint things_pkey; alter table things add constraint things_pkey primary key (id) deferrable',
    'PRIMARY KEY (id) DEFERRABLE on public.things',
  ],
  ['an exclusion', 'alter table things add constraint x exclude using btree (n with =)', 'EXCLUDE USING btree (n WITH =) on public.things'],
  ['a collation', 'alter table things alter v type text collate "C"', 'column v COLLATE "C" on public.things'],
  ['a rule', 'create rule r as on insert to things do instead nothing', 'CREATE RULE r AS'],
  ['rows of another table', 'create table more () inherits (things)', 'INHERITED BY more on public.things'],
  ['a default', "alter table things alter v set default 'x'", "column public.things.v: default is 'x'::text in the database"],
  [
    'a reference that holds for new rows only',
    'create table z (id int primary key); alter table things add foreign key (id) references z deferrable not valid',
    'foreign key (id) to public.z (id), not valid, on public.things is in the database',
  ],
  [
    'a reference that deletes rows',
    'alter table things drop constraint things_v_fkey; alter table things add foreign key (v) references words on delete cascade deferrable',
    'foreign key (v) to public.words (word), on delete cascade, on public.things is in the database',
  ],
  [
    'another owner',
    'alter table things owner to pg_database_owner',
    'table public.things: owner is pg_database_owner in the database, postgres',
  ],
])('%s that somebody made by hand is seen and said, and a migrator refuses it', async (_, sql, sentence) => {
  expect(await drift()).toEqual([])
  await pool.query(sql)
  expect((await drift()).join('\n')).toContain(sentence)
  await expect(migrate(database.url, folder, { tables: [words, things] })).rejects.toMatchObject({ code: 'migration.drift' })
})

test('a declared index with options is told from one that differs in one of them', async () => {
  const indexed = (where: string) => ({ ...things, facts: { ...things.facts, indexes: partial(where).facts.indexes } })
  const [statement = ''] = createTableSql(indexed("v = 'a'")).filter((each) => each.startsWith('create index'))
  await pool.query(`drop index things_v_idx; ${statement}`)
  expect(await checkDrift(pool, [words, indexed("v = 'a'")])).toEqual([])
  expect(await checkDrift(pool, [words, indexed("v = 'b'")])).toEqual([
    "index btree (at DESC) INCLUDE (n) WHERE (v = 'b'::text) on public.things is declared and not in the database",
    "index btree (at DESC) INCLUDE (n) WHERE (v = 'a'::text) on public.things is in the database and not declared",
  ])
})

const partial = (where: string) =>
  dataset('public.partial', {
    on: 'warehouse',
    columns: { v: text(), at: timestamp(), n: integer() },
    indexes: [{ on: 'at desc', include: ['n'], where }],
  })

test('what a migration has made belongs there, and is missed when it goes', async () => {
  await file('0002_more.up.sql', `${trigger}; alter table things add constraint c check (id < 100); create index pe on things (lower(v))`)
  await file('0002_more.down.sql', 'drop trigger tr on things; alter table things drop constraint c; drop index pe')
  await file('0003_alone.up.sql', '-- no-transaction\ncreate index concurrently pu on things (v) where id > 5')
  await file('0003_alone.down.sql', 'drop index pu')
  expect(await migrate(database.url, folder, { tables: [words, things] })).toHaveLength(2)
  expect(await drift()).toEqual([])
  await pool.query('alter table things drop constraint c')
  expect(await drift()).toEqual(['CHECK ((id < 100)) on public.things was made by a migration and is not in the database'])
  await pool.query('alter table things add constraint c check (id < 100)')
  await migrateBack(database.url, folder, '0001_things')
  expect(await drift()).toEqual([])
})

test('what was made by hand before a migration stays drift after it, and the migration waits until it is taken in', async () => {
  await pool.query('alter table things add constraint c check (id < 100)')
  await file('0002_more.up.sql', 'create index pe on things (lower(v))')
  await expect(migrate(database.url, folder, { tables: [words, things] })).rejects.toMatchObject({
    facts: { file: '0002_more.up.sql', differences: [expect.stringMatching(/^CHECK/)] },
  })
  await file('0003_taken.up.sql', 'alter table things drop constraint c; alter table things add constraint c check (id < 100)')
  expect(await migrate(database.url, folder, { tables: [words, things] })).toEqual(['0002_more', '0003_taken'])
})
