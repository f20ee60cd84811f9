import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataset, date, integer, type Model, model, sql } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { folderPlace } from '@sluice/backup'
import { writeTo } from '@sluice/lake/testing'
import { urlFor, withSession } from '@sluice/postgres'
import { openWarehouse, type Warehouse } from '@sluice/warehouse'
import { restoreDatabase, saveDatabase } from '@sluice/warehouse/backup'
import { testWarehouse } from '@sluice/warehouse/testing'
import { expect, test } from 'vitest'
import { runWarehouseModel } from './run-on-warehouse.ts'

const columns = { day: date({ notNull: true }), n: integer() }
const sales = dataset('public.sales', { on: 'warehouse', columns })
const days = dataset('public.days', { on: 'warehouse', columns, key: ['day'], partition: 'day' })
const shown = dataset('public.shown', { on: 'warehouse', as: 'materialized view', columns, key: ['day'], grants: { select: ['public'] } })
const parts = model({
  into: days,
  from: { sales },
  refresh: 'partition',
  query: ({ sales }) => sql`select day, sum(n) as n from ${sales} group by day`,
})
const view = model({ into: shown, from: { days }, refresh: 'view', query: ({ days }) => sql`select day, n from ${days}` })

test('a warehouse that was restored from a backup goes on: views are what they were, and partitions know what has changed', async () => {
  await using demo = await testWarehouse(sales, days)
  const run = (of: unknown, tick: number, at: Warehouse) =>
    runWarehouseModel({
      model: of as Model,
      write: { ...writeTo('bronze.x', { tick }), dataset: `demo:${(of as Model).into.id}`, batch: `${(of as Model).name}-${tick}` },
      reading: testReading([sales, days, shown]),
      warehouse: at,
    })
  await demo.warehouse.pool.query(`insert into sales values ('2026-11-01', 1, 0), ('2026-11-02', 2, 0)`)
  for (const each of [parts, view]) await run(each, 1, demo.warehouse)
  await demo.warehouse.pool.query(`insert into sales values ('2026-11-02', 3, 0)`)
  const place = folderPlace(mkdtempSync(join(tmpdir(), 'restored ')))
  const manifest = await saveDatabase({ url: demo.url, place, key: undefined, version: '1.2.3' })
  const adminUrl = urlFor(demo.url, 'postgres')
  const into = `restored_${process.pid}`
  await restoreDatabase({ place, manifest, adminUrl, into })
  const warehouse = openWarehouse({ database: { url: urlFor(demo.url, into) }, project: 'demo' })
  try {
    expect(await run(parts, 1, warehouse)).toMatchObject({ replayed: true })
    expect(await run(parts, 2, warehouse)).toMatchObject({ rowsWritten: 1 })
    expect(await run(view, 2, warehouse)).toMatchObject({ reason: 'the materialized view was refreshed', rowsWritten: 2 })
    expect(await warehouse.pool.query('select n from shown order by day')).toEqual([{ n: 1 }, { n: 5 }])
  } finally {
    await warehouse.close()
    await withSession(adminUrl, (admin) => admin.query(`drop database ${into}`))
  }
})
