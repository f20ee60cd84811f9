import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, dataset, integer, text } from '@sluice/author'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MetViews } from '../drift/views-aside.ts'
import { createTableSql, diffWarehouse, migrate, migrateBack, migrationsStatus } from '../index.ts'
import { refreshView } from '../view/refresh-view.ts'

const sales = dataset('shop.sales', { on: 'warehouse', columns: { shop: text({ notNull: true }), n: integer(), note: text() } })
const changed = dataset('shop.sales', { on: 'warehouse', columns: { shop: text({ notNull: true }), n: bigint() } })
const change = 'alter table shop.sales alter column n type bigint;\nalter table shop.sales drop column note'
const back = 'alter table shop.sales alter column n type integer, add column note text'

const all = dataset('mart.all', { on: 'warehouse', as: 'view', columns: { shop: text(), n: integer() } })
const kept = dataset('mart.kept', {
  on: 'warehouse',
  as: 'materialized view',
  columns: { shop: text({ notNull: true }), n: integer() },
  key: ['shop'],
})
const notes = dataset('mart.notes', { on: 'warehouse', as: 'view', columns: { note: text() } })
const views = [
  { view: all, query: 'select shop, n from shop.sales' },
  { view: kept, query: 'select shop, sum(n)::integer as n from mart.all group by shop' },
  { view: notes, query: 'select note from shop.sales' },
] as const

let database: TestDatabase
let pool: Pool
let folder: string
let met: MetViews[]

const file = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)
const refresh = ({ view, query }: (typeof views)[number], batch: string) =>
  refreshView(pool, {
    write: {
      project: 'demo',
      pipeline: 'p',
      task: 'make',
      run: 'r',
      attempt: 1,
      dataset: `demo:${view.id}`,
      batch: `${view.name}-${batch}`,
      generation: 0,
      logicalTime: 0,
      inputs: [],
    },
    view,
    query,
  })
const onViews = (each: MetViews): void => void met.push(each)
const rows = (from: string) => pool.query(`select * from ${from} order by 1`)

beforeEach(async () => {
  met = []
  database = await testDatabase()
  pool = openPool(database.url)
  folder = await mkdtemp(join(tmpdir(), 'migrations '))
  await file('0001_sales.up.sql', createTableSql(sales).join(';\n'))
  await migrate(database.url, folder, { tables: [sales] })
  await pool.query(`insert into shop.sales values ('a', 1, 'x', 0), ('a', 2, null, 0), ('b', 5, 'y', 0)`)
  for (const each of views) await refresh(each, '1')
  await file('0002_change.up.sql', change)
  await file('0002_change.down.sql', back)
})
afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

test('views of models are not in the way of a migration: they are made again, and one whose column has gone waits for its model', async () => {
  expect(
    await diffWarehouse(database.url, folder, { tables: [changed], keys: [], views: views.map(({ view }) => view.name) }),
  ).toMatchObject({ differences: [], migration: null })
  expect(await rows('mart.notes')).toHaveLength(3)
  expect(await migrate(database.url, folder, { tables: [changed], onViews })).toEqual(['0002_change'])
  expect(met).toEqual([{ again: ['mart.all', 'mart.kept'], gone: ['mart.notes'] }])
  expect(await rows('mart.kept')).toEqual([
    { shop: 'a', n: 3 },
    { shop: 'b', n: 5 },
  ])
  expect(await pool.query("select to_regclass('mart.notes') as there")).toEqual([{ there: null }])
  expect(await refresh(views[0], '2')).toMatchObject({ reason: 'the view is what it was' })
  expect(await refresh(views[1], '2')).toMatchObject({ reason: 'the materialized view was refreshed' })

  expect(await migrateBack(database.url, folder, '0001_sales', { onViews })).toEqual(['0002_change'])
  expect(met[1]).toEqual({ again: ['mart.all', 'mart.kept'], gone: [] })
  expect(await refresh(views[2], '2')).toMatchObject({ reason: 'the view was made' })
})

test('a view that no model has made stays in the way with what it reads, and the refusal says its name and what to write', async () => {
  await pool.query('create view mart.by_hand as select * from mart.kept')
  await expect(migrate(database.url, folder, { tables: [changed], onViews })).rejects.toMatchObject({
    code: 'migration.failed',
    message: expect.stringMatching(/^0002_change\.up\.sql, line 1: .*cannot alter type of a column used by a view/),
    next: expect.stringMatching(/but mart\.by_hand, which no model has made, reads mart\.all\. Drop mart\.by_hand before/),
  })
  expect(met).toEqual([])
  expect(await rows('mart.by_hand')).toHaveLength(2)
  expect((await migrationsStatus(database.url, folder)).pending).toEqual(['0002_change'])
  await pool.query('drop view mart.by_hand; create view mart.other as select n from shop.sales')
  await expect(migrate(database.url, folder, { tables: [changed] })).rejects.toMatchObject({
    next: expect.stringMatching(/view mart\.other depends on column "n"\. Drop it \(drop view mart\.other;\) before this statement/),
  })
})

test('a file without a transaction meets the views, and says which to drop', async () => {
  await file('0002_change.up.sql', `-- no-transaction\nalter table shop.sales drop column note`)
  await expect(migrate(database.url, folder, { tables: [changed] })).rejects.toMatchObject({
    message: expect.stringContaining('cannot drop column note of table shop.sales because other objects depend on it'),
    next: expect.stringMatching(/\(drop view mart\.notes;\).*Statements before the failing one are done \(no transaction\)/s),
  })
  expect(await rows('mart.notes')).toHaveLength(3)
})
