import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool, type Pool } from '@sluice/postgres'
import { cloneDatabase, startTestServer, type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDrift, migrate, migrateBack, proposeMigration } from '../index.ts'
import { plain } from '../migrate/testing/table-changes.ts'
import type { Proposal } from './propose-migration.ts'

let database: TestDatabase
let pool: Pool
let folder: string

beforeEach(async () => {
  database = await testDatabase()
  pool = openPool(database.url)
  folder = await mkdtemp(join(tmpdir(), 'schema '))
  await mkdir(join(folder, 'migrations'))
  await mkdir(join(folder, 'schema/parts'), { recursive: true })
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

const scratch = async (template?: string): Promise<TestDatabase> => await cloneDatabase(await startTestServer(), template)
const migrations = (): string => join(folder, 'migrations')
const declare = (file: string, sql: string): Promise<void> => writeFile(join(folder, 'schema', file), sql)

const propose = (): Promise<Proposal> =>
  proposeMigration(database.url, migrations(), { tables: [plain], keys: [], schema: join(folder, 'schema'), name: 'next' }, scratch)

/** Writes and applies what is proposed. */
async function apply(): Promise<Proposal> {
  const proposal = await propose()
  for (const { id, up, down } of [proposal.migration ?? [], ...proposal.further].flat()) {
    await writeFile(join(migrations(), `${id}.up.sql`), up)
    await writeFile(join(migrations(), `${id}.down.sql`), down)
  }
  await migrate(database.url, migrations(), { tables: [plain] })
  return proposal
}

/** In an order in which none can be made. */
const objects = {
  'a_views.sql': `create view shop.doubled as select id, shop.twice(n) as n from shop.things;
    comment on view shop.doubled is 'each number twice'`,
  'b_functions.sql': `create function shop.twice(x integer) returns integer language sql return x * 2;
    create procedure shop.forget(day date) language sql as $$ delete from shop.things where things.day < forget.day $$`,
  'c_access.sql': `alter table shop.things enable row level security;
    create policy positive on shop.things for select to pg_monitor using (n > 0);
    grant select on shop.things to pg_monitor;
    alter default privileges in schema shop grant select on tables to pg_monitor`,
  'parts/d_tables.sql': `create type shop.mood as enum ('good', 'bad');
    create table shop.days (day date not null, mood shop.mood not null default 'good', rank integer, twice integer generated always as (rank * 2) stored) partition by range (day);
    create table shop.days_2026_11 partition of shop.days for values from ('2026-11-01') to ('2026-12-01');
    create index partial on shop.things (n) include (id) where n > 5;
    create index expression on shop.things (lower(word));
    create schema apart`,
}

test('what no dataset can say is declared in files of any order, migrated, and nothing is left to do; a change is found by name, and down is back', async () => {
  for (const [file, sql] of Object.entries(objects)) await declare(file, sql)
  const { differences, migration, further } = await apply()
  expect(differences).toEqual(
    expect.arrayContaining([
      'table shop.things is declared and not in the database',
      'view shop.doubled is declared in schema/ and no migration makes it',
      'function shop.twice(integer) is declared in schema/ and no migration makes it',
      'policy positive on shop.things is declared in schema/ and no migration makes it',
      'index shop.partial is declared in schema/ and no migration makes it',
      'type shop.mood is declared in schema/ and no migration makes it',
    ]),
  )
  expect(further).toEqual([])
  expect(migration?.up).not.toContain('FOR ROLE')
  expect(await propose()).toMatchObject({ differences: [], migration: null, byHand: [], proved: true })
  expect(await checkDrift(pool, [plain])).toEqual([])

  await declare('b_functions.sql', `${objects['b_functions.sql'].replace('x * 2', 'x + x')}`)
  await declare('parts/d_tables.sql', objects['parts/d_tables.sql'].replace("'bad'", "'bad', 'worst'").replace('n > 5', 'n > 6'))
  await declare('a_views.sql', 'create view shop.tripled as select id, n * 3 as n from shop.things')
  const changed = await apply()
  expect(changed.differences.toSorted()).toEqual([
    expect.stringMatching(/^function shop\.twice\(integer\): def is .*x \* 2.* by the migrations, .*x \+ x/),
    expect.stringMatching(/^index shop\.partial: def is .*n > 5.* by the migrations, .*n > 6/),
    expect.stringMatching(/^type shop\.mood: .*worst/),
    'view shop.doubled is made by a migration and not declared any more',
    'view shop.tripled is declared in schema/ and no migration makes it',
  ])
  expect(changed.migration?.up).toMatch(/^-- no-transaction[\s\S]*ADD VALUE IF NOT EXISTS 'worst'/)
  expect(await propose()).toMatchObject({ differences: [], migration: null })
  await migrateBack(database.url, migrations(), '0001_next')
  expect(
    await pool.query('select to_regclass($1)::text as doubled, to_regclass($2)::text as tripled', ['shop.doubled', 'shop.tripled']),
  ).toEqual([{ doubled: 'shop.doubled', tripled: null }])
})

test('policies, rights and default rights of a role are declared; a role that is not there is refused with how to make it', async () => {
  const role = `analysts_of_${database.name}`
  const access = (await readFile(join(import.meta.dirname, 'testing/access.sql'), 'utf8')).replaceAll('to analysts', `to ${role}`)
  await declare('access.sql', access)
  await expect(propose()).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringContaining(`role "${role}" does not exist`),
    next: expect.stringContaining(`create role "${role}" nologin`),
  })
  await pool.query(`create role ${role} nologin`)
  try {
    await apply()
    expect(await propose()).toMatchObject({ differences: [], migration: null })
    await pool.query(
      `insert into shop.things (id, day, _load_id) values (1, '2020-01-01', 0), (2, '9999-01-01', 0); create table shop.later ()`,
    )
    const seen = await pool.transaction(async (tx) => {
      await tx.query(`set local role ${role}`)
      await tx.query('select from shop.later')
      return await tx.query('select id from shop.things')
    })
    expect(seen).toEqual([{ id: 1 }])
  } finally {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})

test('what somebody changes by hand is found by name', async () => {
  for (const [file, sql] of Object.entries(objects)) await declare(file, sql)
  await apply()
  await pool.query(`create or replace view shop.doubled as select id, n from shop.things; drop procedure shop.forget;
    alter policy positive on shop.things using (n > 1); alter table shop.days add column extra integer`)
  expect((await propose()).byHand.toSorted()).toEqual([
    'column shop.days.extra is in the database and no migration makes it',
    expect.stringMatching(/^policy positive on shop\.things: /),
    'procedure shop.forget(date) is made by a migration and is not in the database',
    expect.stringMatching(/^view shop\.doubled: def is /),
  ])
})

test.each([
  ['insert into shop.things (id) values (1)', 'INSERT INTO declares no object of the database'],
  ['create role somebody', 'CREATE ROLE declares no object of the database'],
  ['\n\ncreate view shop.v as select * from shop.absent', 'line 3: PostgreSQL: relation "shop.absent" does not exist'],
  ['create table shop.things ()', 'relation "things" already exists'],
])('a file of schema/ with %j is refused with its place', async (sql, sentence) => {
  await declare('odd.sql', sql)
  await expect(propose()).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringContaining(sentence),
    facts: { file: 'schema/odd.sql' },
  })
})
