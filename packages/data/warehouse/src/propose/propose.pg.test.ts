import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyDataset, bigint, dataset, integer, text } from '@sluice/author'
import { long } from '@sluice/core/testing'
import { openPool, type Pool } from '@sluice/postgres'
import { cloneDatabase, startTestServer, type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDrift, migrate, migrateBack, proposeMigration } from '../index.ts'
import { changed, columns, plain, tableChanges, things } from '../migrate/testing/table-changes.ts'
import type { Proposal, ProposeRequest } from './propose-migration.ts'

let database: TestDatabase
let pool: Pool
let folder: string

beforeEach(async () => {
  database = await testDatabase()
  pool = openPool(database.url)
  folder = await mkdtemp(join(tmpdir(), 'propose '))
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

const scratch = async (template?: string): Promise<TestDatabase> => await cloneDatabase(await startTestServer(), template)

const propose = (tables: readonly AnyDataset[], more: Partial<ProposeRequest> = {}): Promise<Proposal> =>
  proposeMigration(database.url, folder, { tables, keys: [], schema: null, ...more }, scratch)

/** Writes what is proposed. */
async function write(tables: readonly AnyDataset[], more: Partial<ProposeRequest> = {}): Promise<Proposal> {
  return await written(await propose(tables, more))
}

async function written(proposal: Proposal): Promise<Proposal> {
  if (proposal.migration === null) throw new Error('nothing to write')
  for (const { id, up, down } of [proposal.migration, ...proposal.further]) {
    await writeFile(join(folder, `${id}.up.sql`), up)
    await writeFile(join(folder, `${id}.down.sql`), down)
  }
  return proposal
}

/** Tables that a test begins with, by a migration. Nothing is said of how they come, so it is not tried out: that takes over a second. */
async function begin(tables: readonly AnyDataset[], name?: string): Promise<void> {
  await written(await proposeMigration(database.url, folder, { tables, keys: [], schema: null, ...(name === undefined ? {} : { name }) }))
  await migrate(database.url, folder, { tables })
}

/** Each costs four catalogues and two databases; the comparison without them is held to all of them in `diff.pg.test.ts`. */
const few = tableChanges.filter(
  ([what]) => long || /^(?:new columns|indexes with|a table in partitions|a renamed key|other rules|tables in any order)/.test(what),
)

test.each(few)('the migration of %s is proved, leaves no drift, and is taken back', async (_, before, after) => {
  if (before.length > 0) await begin(before, 'first')
  const { migration, differences, proved } = await write(after, { name: 'change' })
  expect(proved, migration?.up).toBe(true)
  expect(differences).not.toEqual([])
  await migrate(database.url, folder, { tables: after })
  expect(await checkDrift(pool, after), migration?.up).toEqual([])
  expect(await propose(after), migration?.up).toMatchObject({ differences: [], byHand: [], migration: null, proved: true })
  await migrateBack(database.url, folder, before.length > 0 ? '0001_first' : 'none')
  expect(await checkDrift(pool, before), migration?.down).toEqual([])
})

test('what a migration would take from rows is named, and what may be a rename is asked', async () => {
  const before = changed({ old: integer(), other: text(), wide: text() })
  await begin([before])
  await pool.query('insert into shop.things (id, old, _load_id) select n, n, 1 from generate_series(1, 1000) n; analyze shop.things')
  const after = changed({ first: integer(), second: integer(), wide: text({ max: 5 }) })
  const { losses, questions, migration } = await propose([after])
  expect(losses).toEqual([
    expect.stringMatching(/^column shop\.things\.old goes with its values \(about 1,000 rows, \d+ kB\)$/),
    expect.stringMatching(/^column shop\.things\.other goes with its values/),
    'column shop.things.wide becomes character varying(5): a value of text may be cut, rounded or refused',
  ])
  expect(questions).toEqual([
    { from: 'shop.things.old', to: 'shop.things.first', taken: false },
    { from: 'shop.things.old', to: 'shop.things.second', taken: false },
  ])
  expect(migration?.up).toMatch(
    /-- ACCESS EXCLUSIVE on shop\.things \(about 1,000 rows, \d+ kB\): who reads or writes waits while it is written anew\.\nALTER/,
  )
  expect(`${migration?.up}${migration?.down}`).not.toContain('DROP DEFAULT')
  const named = await propose([after], { renames: [{ from: 'shop.things.old', to: 'shop.things.first' }] })
  expect(named.losses).toHaveLength(2)
  expect(named.migration?.up).not.toMatch(/shop\.things\.(?:old|first)/)
  expect(named.migration?.up).toContain('alter table "shop"."things" rename column "old" to "first"')
})

test('a default goes before the type of its column changes, and comes behind it', async () => {
  await begin([changed({ count: integer({ default: '7' }) })])
  const after = changed({ count: bigint({ default: '7' }) })
  const { migration, proved } = await write([after])
  expect(proved).toBe(true)
  for (const text of [migration?.up, migration?.down])
    expect(text).toMatch(/"count" DROP DEFAULT;[\s\S]*"count" TYPE [\s\S]*"count" SET DEFAULT/)
  await migrate(database.url, folder, { tables: [after] })
  expect(await checkDrift(pool, [after])).toEqual([])
})

test('a table under a new name keeps its rows', async () => {
  await begin([plain])
  await pool.query('insert into shop.things (id, _load_id) values (1, 1)')
  const items = dataset('shop.items', { on: 'warehouse', columns: plain.columns } as never)
  const renames = [{ from: 'shop.things', to: 'shop.items' }]
  expect((await propose([items])).questions).toEqual([{ ...renames[0], taken: false }])
  await write([items], { renames })
  await migrate(database.url, folder, { tables: [items] })
  expect(await pool.query('select id from shop.items')).toEqual([{ id: 1 }])
  expect(await propose([items])).toMatchObject({ differences: [], migration: null })
})

test('an index with options stays where its column gets another name, and no later migration makes it anew', async () => {
  const named = (column: string, more: object = {}) =>
    things({ columns: { ...columns, [column]: text(), ...more }, indexes: [{ on: [`${column} desc`], where: `${column} <> ''` }] })
  await begin([named('word')])
  const renames = [{ from: 'shop.things.word', to: 'shop.things.term' }]
  const { migration } = await write([named('term')], { renames })
  expect(migration?.up).not.toMatch(/index/i)
  await migrate(database.url, folder, { tables: [named('term')] })
  const later = [named('term', { more: integer() })]
  const next = await write(later)
  expect(next.migration?.up).not.toMatch(/index/i)
  await migrate(database.url, folder, { tables: later })
  expect(await checkDrift(pool, later)).toEqual([])
})

test('values that a shorter list leaves out are named', async () => {
  const before = changed({ word: text({ oneOf: ['a', "it's, b", 'c'] }) })
  await begin([before])
  await pool.query("insert into shop.things (id, word, _load_id) values (1, 'a', 1)")
  const { losses, migration } = await propose([changed({ word: text({ oneOf: ['d', 'a'] }) })])
  expect(losses, migration?.up).toEqual([
    "constraint things_word_check on shop.things leaves 'it''s, b', 'c' out: rows that have them are refused",
  ])
  expect((await propose([changed({ word: text({ oneOf: ['a', "it's, b", 'c', 'd'] }) })])).losses).toEqual([])
})

test('a list of values that a dataset no longer has takes its check with it, and an index on a large table is built while others write', async () => {
  const listed = changed({ word: text({ oneOf: ['a', 'b'] }) })
  await begin([listed])
  await pool.query('insert into shop.things (id, n, _load_id) select n, n, 1 from generate_series(1, 100000) n; analyze shop.things')
  const { migration, further } = await write([things({ indexes: [['n']] })])
  expect(migration?.up).toContain('DROP CONSTRAINT "things_word_check"')
  expect(further).toMatchObject([{ up: expect.stringMatching(/^-- no-transaction[\s\S]*CREATE INDEX CONCURRENTLY IF NOT EXISTS/) }])
  await migrate(database.url, folder, { tables: [things({ indexes: [['n']] })] })
  expect(await pool.query("select from pg_indexes where tablename = 'things' and indexdef like '%(n)'")).toHaveLength(1)
})

test('what somebody changed by hand is named, and the migration is written for the database as it is', async () => {
  await write([plain])
  await writeFile(join(folder, '0002_more.up.sql'), "create function shop.one() returns int language sql as 'select 1'")
  await migrate(database.url, folder, { tables: [plain] })
  expect(await propose([plain])).toMatchObject({ byHand: [], proved: true })
  await pool.query("create or replace function shop.one() returns int language sql as 'select 2'; create index extra on shop.things (n)")
  const { byHand, proved, notes, migration } = await propose([plain])
  expect(byHand).toEqual([
    expect.stringMatching(/^function shop\.one\(\): def is .*select 2.* in the database, .*select 1.* by the migrations$/),
    'index shop.extra is in the database and no migration makes it',
  ])
  expect([proved, notes]).toEqual([false, [expect.stringContaining('by hand')]])
  expect(migration?.up).toContain('drop index if exists "shop"."extra"')
})

test('migrations that wait are applied first, those outside of a transaction too; one that fails is told', async () => {
  await begin([plain])
  await writeFile(join(folder, '0002_alone.up.sql'), '-- no-transaction\ncreate index concurrently pu on shop.things (id) where id > 5')
  const { pending, migration } = await propose([changed({ more: integer() })])
  expect(pending).toEqual(['0002_alone'])
  expect(migration).toMatchObject({ id: '0003_things', up: expect.stringContaining('ADD COLUMN "more"') })
  await writeFile(join(folder, '0003_broken.up.sql'), 'create tabel x ()')
  const { proved, notes } = await propose([changed({ more: integer() })])
  expect([proved, notes]).toEqual([false, [expect.stringContaining('0003_broken.up.sql, line 1')]])
})

test('where nothing can be tried out, what is lost is named all the same, and what may be a rename is asked', async () => {
  const before = changed({ old: integer(), other: text(), wide: text() })
  await begin([before])
  const after = changed({ first: integer(), wide: text({ max: 5 }) })
  const ask = (more: Partial<ProposeRequest> = {}, tables = [after]) =>
    proposeMigration(database.url, folder, { tables, keys: [], schema: null, ...more })
  const { losses, questions, proved } = await ask()
  expect(losses).toEqual([
    'column shop.things.old goes with its values',
    'column shop.things.other goes with its values',
    'column shop.things.wide becomes character varying(5): a value of text may be cut, rounded or refused',
  ])
  expect([proved, questions]).toEqual([false, [{ from: 'shop.things.old', to: 'shop.things.first', taken: false }]])
  const renamed = await ask({ renames: [{ from: 'shop.things.old', to: 'shop.things.first' }] })
  expect([renamed.questions, renamed.losses.length]).toEqual([[], 2])
  expect(renamed.migration?.up).toMatch(
    /^alter table "shop"\."things" rename column "old" to "first";\n[\s\S]*drop column if exists "other"/,
  )

  const only = changed({ old: integer(), other: text(), broad: text() })
  expect(await ask({}, [only])).toMatchObject({ losses: [], questions: [{ to: 'shop.things.broad', taken: true }] })
  expect(await ask({ allowLoss: true }, [only])).toMatchObject({
    losses: ['column shop.things.wide goes with its values'],
    migration: { up: expect.stringContaining('drop column if exists "wide"') },
  })
  const items = dataset('shop.items', { on: 'warehouse', columns: before.columns } as never)
  const renames = [{ from: 'shop.things', to: 'shop.items' }]
  expect((await ask({}, [items])).questions).toEqual([{ ...renames[0], taken: false }])
  const { migration } = await ask({ renames }, [items])
  await writeFile(join(folder, '0002_items.up.sql'), migration?.up ?? '')
  expect(await migrate(database.url, folder, { tables: [items] })).toEqual(['0002_items'])
})

test('a rename of what is not there, or of what no dataset declares, is refused with the name that was meant', async () => {
  await begin([plain])
  const after = changed({ noun: text() })
  for (const at of [scratch, undefined]) {
    const ask = (from: string, to: string) =>
      proposeMigration(database.url, folder, { tables: [after], keys: [], schema: null, renames: [{ from, to }] }, at)
    const refused = async (from: string, to: string, message: string, next: string): Promise<void> =>
      await expect(ask(from, to)).rejects.toMatchObject({ code: 'request.invalid', message: expect.stringContaining(message), next })
    await refused('shop.things.wrd', 'shop.things.noun', 'the table shop.things has no column wrd', 'Did you mean word?')
    await refused('shop.things.word', 'shop.things.nuon', 'the dataset shop.things declares no column nuon', 'Did you mean noun?')
    await refused('shop.thing.word', 'shop.thing.noun', 'the database has no table shop.thing', 'Did you mean shop.things?')
    await refused('shop.things', 'shop.xyz', 'no dataset of the project is called shop.xyz', 'There are shop.things.')
  }
})
