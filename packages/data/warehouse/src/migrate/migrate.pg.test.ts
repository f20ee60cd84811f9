import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataset, date, decimal, double, identity, integer, jsonb, text, timestamp } from '@sluice/author'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  checkDrift,
  createTableSql,
  describeTable,
  diffWarehouse,
  dropTableSql,
  migrate,
  migrateBack,
  migrationsStatus,
  openWarehouse,
  planMigration,
} from '../index.ts'

const rates = dataset('market.rates', {
  on: 'warehouse',
  description: 'what a coin cost',
  columns: {
    no: identity({ comment: 'running number' }),
    symbol: text({ notNull: true, max: 20 }),
    cap: double(),
    cap_billions: double({ generated: 'cap / 1e9' }),
    price: decimal(38, 18),
    day: date({ notNull: true }),
    seen: timestamp({ default: 'now()' }),
    tags: jsonb({ default: "'[]'" }),
  },
  key: ['no'],
  indexes: [['day'], { unique: ['symbol', 'day'] }],
})

let database: TestDatabase
let pool: Pool
let folder: string

const file = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)

beforeEach(async () => {
  database = await testDatabase()
  pool = openPool(database.url)
  folder = await mkdtemp(join(tmpdir(), 'migrations '))
  await file('0001_rates.up.sql', createTableSql(rates).join(';\n'))
  await file('0001_rates.down.sql', dropTableSql(rates).join(';\n'))
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

test('up, down and up again leave no drift, and the platform tables come before the project', async () => {
  expect(await planMigration(database.url, folder)).toMatchObject([{ direction: 'up', migration: { id: '0001_rates' } }])
  expect(await migrate(database.url, folder, { tables: [rates] })).toEqual(['0001_rates'])
  expect(await describeTable(pool, 'public.sluice_loads')).toMatchObject({ key: ['id'] })
  expect(await checkDrift(pool, [rates])).toEqual([])
  expect(await migrateBack(database.url, folder, 'none')).toEqual(['0001_rates'])
  expect(await checkDrift(pool, [rates])).toEqual(['table market.rates is declared and not in the database'])
  expect(await migrate(database.url, folder, { tables: [rates] })).toEqual(['0001_rates'])
  expect(await migrate(database.url, folder, { tables: [rates] })).toEqual([])
  expect((await migrationsStatus(database.url, folder)).applied).toMatchObject([{ id: '0001_rates' }])
})

test('a database that differs from the tables as code is refused with the differences', async () => {
  await file(
    '0002_fault.up.sql',
    'alter table market.rates alter column symbol type varchar(30); alter table market.rates alter column cap_billions set expression as (cap / 1e6)',
  )
  await expect(migrate(database.url, folder, { tables: [rates] })).rejects.toMatchObject({
    code: 'migration.drift',
    facts: {
      differences: [
        'column market.rates.symbol: type is character varying(30) in the database, character varying(20) in the code',
        "column market.rates.cap_billions: generation expression is (cap / ('1000000'::numeric)::double precision) in the database, (cap / ('1000000000'::numeric)::double precision) in the code",
      ],
    },
  })
})

test('a file that makes less than the whole table is not committed: corrected, it is applied as if it had never run', async () => {
  const whole = createTableSql(rates).join(';\n')
  await file(
    '0001_rates.up.sql',
    'create schema if not exists market; create table market.rates (no bigint generated always as identity primary key)',
  )
  await file('0002_index.up.sql', 'create index on market.rates (no)')
  await expect(migrate(database.url, folder, { tables: [rates] })).rejects.toMatchObject({
    code: 'migration.drift',
    message: expect.stringContaining('market.rates.symbol'),
    next: expect.stringMatching(
      /^Nothing of 0001_rates\.up\.sql, 0002_index\.up\.sql was applied\. Correct it, or the code, and run it again\. Behind its own statements, or in a file after it \(sluice warehouse diff --write NAME\), this is missing:/,
    ),
  })
  expect((await migrationsStatus(database.url, folder)).applied).toEqual([])
  await rm(join(folder, '0002_index.up.sql'))
  await file(
    '0001_rates.up.sql',
    'create schema if not exists market; create table market.rates (no bigint generated always as identity primary key)',
  )
  await expect(migrate(database.url, folder, { tables: [rates] })).rejects.toMatchObject({ code: 'migration.drift' })
  expect((await migrationsStatus(database.url, folder)).applied).toEqual([])
  await file('0001_rates.up.sql', whole)
  expect(await migrate(database.url, folder, { tables: [rates] })).toEqual(['0001_rates'])
})

test('of several new files none is committed where one fails, and a value that a type has gained waits for its commit', async () => {
  const seen = async () => (await migrationsStatus(database.url, folder)).applied.map(({ id }) => id)
  await file('0002_kinds.up.sql', "create type kind as enum ('a');\ncreate table kinds (k kind)")
  await file('0003_broken.up.sql', 'create tabel x ()')
  await expect(migrate(database.url, folder, { tables: [rates] })).rejects.toMatchObject({
    code: 'migration.failed',
    facts: { file: '0003_broken.up.sql' },
    next: expect.stringContaining('nor of the files before it that are new'),
  })
  expect(await seen()).toEqual([])
  await file('0003_broken.up.sql', "alter type kind add value 'b'")
  await file('0004_uses.up.sql', "insert into kinds values ('b')")
  expect(await migrate(database.url, folder, { tables: [rates], to: '0002_kinds' })).toEqual(['0001_rates', '0002_kinds'])
  await expect(migrate(database.url, folder, { tables: [rates] })).rejects.toMatchObject({
    facts: { sqlstate: '55P04' },
    next: expect.stringMatching(/--to 0003_broken$/),
  })
  expect(await seen()).toEqual(['0001_rates', '0002_kinds'])
  expect(await migrate(database.url, folder, { tables: [rates], to: '0003_broken' })).toEqual(['0003_broken'])
  expect(await migrate(database.url, folder, { tables: [rates] })).toEqual(['0004_uses'])
})

test('a file may alter a table of which the file before it left rows that a deferred key had still to check', async () => {
  await file(
    '0002_tree.up.sql',
    'create table tree (id int primary key, above int references tree deferrable initially deferred);\ninsert into tree values (1, 2), (2, null)',
  )
  await file('0003_more.up.sql', 'alter table tree add column name text;\ninsert into tree values (3, 4), (4, null)')
  expect(await migrate(database.url, folder, { tables: [rates] })).toHaveLength(3)
})

test('a change of a table that leaves drift is not committed: its file is corrected with the statements that the refusal has', async () => {
  await migrate(database.url, folder, { tables: [rates] })
  const wider = dataset('market.rates', {
    on: 'warehouse',
    description: 'what a coin cost',
    columns: { ...rates.columns, rank: integer(), place: text({ notNull: true, default: "'EU'" }) },
    key: ['no'],
    indexes: [['day'], { unique: ['symbol', 'day'] }, ['rank']],
  })
  await file('0002_wider.up.sql', 'alter table market.rates add column rank integer')
  const refused: unknown = await migrate(database.url, folder, { tables: [wider] }).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'migration.drift',
    facts: {
      file: '0002_wider.up.sql',
      differences: [
        'column market.rates.place text is declared and not in the database',
        'index (rank) on market.rates is declared and not in the database',
      ],
    },
  })
  expect((await migrationsStatus(database.url, folder)).pending).toEqual(['0002_wider'])
  const [, lacking = ''] = String((refused as { next: string }).next).split('this is missing:\n')
  await file('0002_wider.up.sql', `alter table market.rates add column rank integer;\n${lacking}`)
  expect(await migrate(database.url, folder, { tables: [wider] })).toEqual(['0002_wider'])
})

test('beside migrations that wait, a table that they do not make has its migration written, and nothing is applied', async () => {
  const places = dataset('market.places', { on: 'warehouse', columns: { place: text() } })
  const tables = [rates, places]
  const { differences, pending, migration } = await diffWarehouse(database.url, folder, { tables, keys: [] })
  expect({ differences, pending, id: migration?.id }).toEqual({
    differences: ['table market.places is declared and not in the database'],
    pending: ['0001_rates'],
    id: '0002_places',
  })
  expect((await migrationsStatus(database.url, folder)).applied).toEqual([])
  await file('0002_places.up.sql', migration?.up ?? '')
  expect(await migrate(database.url, folder, { tables })).toEqual(['0001_rates', '0002_places'])
})

test('what is missing beside a migration that waits and fails, or that runs outside of a transaction, is not guessed', async () => {
  const ask = () => diffWarehouse(database.url, folder, { tables: [rates], keys: [] })
  await file('0002_wrong.up.sql', 'create table market.x (a int); select 1/0')
  expect(await ask()).toEqual({ differences: [], losses: [], questions: [], pending: ['0001_rates', '0002_wrong'], migration: null })
  await file('0002_wrong.up.sql', '-- no-transaction\nselect 1')
  expect(await ask()).toEqual({ differences: [], losses: [], questions: [], pending: ['0001_rates', '0002_wrong'], migration: null })
})

test('migrations that wait are named, and what they will bring is not missing', async () => {
  const ask = () => diffWarehouse(database.url, folder, { tables: [rates], keys: [] })
  expect(await ask()).toEqual({ differences: [], losses: [], questions: [], pending: ['0001_rates'], migration: null })
  await migrate(database.url, folder, { tables: [rates] })
  expect(await ask()).toEqual({ differences: [], losses: [], questions: [], pending: [], migration: null })
})

test('a table without a migration: the refusal has the file to write, and its text leaves no drift, in a dry run too', async () => {
  const places = dataset('market.places', { on: 'warehouse', columns: { place: text({ oneOf: ['eu', 'us'] }) }, key: ['place'] })
  const tables = [rates, places]
  await migrate(database.url, folder, { tables: [rates] })
  const refused: unknown = await migrate(database.url, folder, { tables }).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'migration.drift',
    facts: { differences: ['table market.places is declared and not in the database'] },
    next: expect.stringMatching(/^Write this into migrations\/0002_places\.up\.sql of the project/),
  })
  await expect(planMigration(database.url, folder, { tables })).rejects.toMatchObject({ code: 'migration.drift' })
  const [, statements = ''] = String((refused as { next: string }).next).split('code:\n')
  await file('0002_places.up.sql', statements)
  expect(await planMigration(database.url, folder, { tables })).toHaveLength(1)
  expect(await migrate(database.url, folder, { tables })).toEqual(['0002_places'])
  expect(await planMigration(database.url, folder, { tables })).toEqual([])
})

test('a project without a folder of migrations is told its first one by a dry run', async () => {
  await expect(planMigration(database.url, null, { tables: [rates] })).rejects.toMatchObject({
    next: expect.stringContaining('migrations/0001_rates.up.sql'),
  })
  expect(await planMigration(database.url, null)).toEqual([])
})

test('a changed migration is refused', async () => {
  await migrate(database.url, folder)
  await file('0001_rates.up.sql', 'select 1')
  await expect(migrate(database.url, folder)).rejects.toMatchObject({ code: 'migration.drift', facts: { migration: '0001_rates' } })
})

test('two migrators in two processes apply each migration once', async () => {
  await file('0002_slow.up.sql', 'create table market.slow (a int); select pg_sleep(0.2)')
  const worker = join(import.meta.dirname, 'testing/migrate-once.ts')
  const apply = () => promisify(execFile)(process.execPath, [worker, JSON.stringify({ url: database.url, folder })])
  const applied = (await Promise.all([apply(), apply()])).map(({ stdout }) => JSON.parse(stdout) as string[])
  expect(applied.flat()).toEqual(['0001_rates', '0002_slow'])
})

test('a load into a table that is not migrated yet fails with what to do, and goes on once it is', async () => {
  await migrate(database.url, folder, { to: '0001_rates' })
  await migrateBack(database.url, folder, 'none')
  const warehouse = openWarehouse({ database: { pool }, project: 'demo' })
  const load = () =>
    warehouse.loadBatch({
      write: {
        project: 'demo',
        pipeline: 'p',
        task: 't',
        run: 'r',
        attempt: 1,
        dataset: `demo:${rates.id}`,
        batch: 'b',
        generation: 0,
        logicalTime: 0,
        inputs: [],
      },
      table: rates,
      mode: 'append',
      columns: ['symbol', 'day'],
      source: { text: `select 'BTC'::text as symbol, null::float8 as cap, null::numeric as price, date '2026-01-01' as day`, params: [] },
    })
  await expect(load()).rejects.toMatchObject({
    code: 'warehouse.failed',
    message: expect.stringContaining('market.rates'),
    next: expect.stringContaining('make the table by a migration'),
  })
  await migrate(database.url, folder, { tables: [rates] })
  expect(await load()).toMatchObject({ rowsWritten: 1 })
})

test('a part of the migrations can be applied, without a check of drift', async () => {
  await file('0002_more.up.sql', 'create table market.more (a int)')
  expect(await migrate(database.url, folder, { to: '0001_rates', tables: [rates] })).toEqual(['0001_rates'])
  expect((await migrationsStatus(database.url, folder)).pending).toEqual(['0002_more'])
})
