import { bigint, dataset, model, pipeline, pull, sql, sqlSource, text, timestamp } from '@sluice/author'
import { openPool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing/database'
import { expect, test } from 'vitest'
import { testWorld } from './world.ts'

const columns = { id: bigint({ notNull: true }), name: text(), at: timestamp() }
const orders = dataset('silver.orders', { on: 'lake', columns, key: ['id'], order: 'at' })
const named = dataset('silver.named', { on: 'lake', columns: { id: bigint(), name: text() } })
const source = sqlSource({ connection: 'shop', table: 'orders', mode: { incremental: 'at', overlap: '1h' } })
const shop = pipeline({
  name: 'shop',
  steps: [
    pull({ from: source, into: orders }),
    model({ into: named, from: { orders }, refresh: 'full', query: ({ orders }) => sql`select id, upper(name) as name from ${orders}` }),
  ],
})

test('a pipeline pulls a database, and the models behind read what came', async () => {
  await using database = await testDatabase({
    migrations: [
      { id: '1', up: `create table orders (id int, name text, at timestamptz); insert into orders values (1, 'a', '2026-01-01')` },
    ],
  })
  await using world = await testWorld({ connections: { shop: { url: database.url } } })
  const first = await world.run(shop, { key: 'scheduled:1' })
  expect(first.tasks.find(({ task }) => task === 'pull_orders')?.output).toEqual({
    batches: 1,
    rowsIn: 1,
    rowsWritten: 1,
    rowsQuarantined: 0,
  })
  const pool = openPool(database.url)
  await pool.query(`update orders set name = 'b', at = '2026-01-02' where id = 1; insert into orders values (2, 'c', '2026-01-03')`)
  await pool.end()
  await world.run(shop, { key: 'scheduled:2', logicalTime: '2026-01-02T00:00:00Z' })
  expect(await world.rows({ id: bigint(), name: text() }, sql`select id, name from ${named} order by id`)).toEqual([
    { id: 1, name: 'B' },
    { id: 2, name: 'C' },
  ])
})
