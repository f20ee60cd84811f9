import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createTableSql } from '@sluice/warehouse'
import { integer, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { customers, published } from '../datasets/orders.ts'
import orders from './orders.ts'

const order = (id: number, total: string) => ({ id, customer: { id: `c${id % 2}`, city: 'Lyon' }, total, at: `2026-11-20T0${id}:00:00Z` })
const pages = [[order(1, '10.50'), order(2, '20')], [order(3, '30'), order(4, '-1')], [order(5, '2.25')]]

/** Wants its key. The first answer is a rate limit, the next one breaks off. */
async function shop() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    asked.push(searchParams.toString())
    const page = Number(searchParams.get('page'))
    const body = JSON.stringify({ pages: pages.length, data: pages[page - 1] })
    if (request.headers.authorization !== 'Bearer key-1') response.writeHead(401).end()
    else if (asked.length === 1) response.writeHead(429, { 'retry-after': '0' }).end()
    else response.end(asked.length === 2 ? body.slice(0, 20) : body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    asked,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const tick = { key: 'scheduled:1795219200000', logicalTime: '2026-11-21T00:00:00Z' } as const

test('pages are landed behind a rate limit and a broken answer, and orders follow the customers that they refer to', async () => {
  await using source = await shop()
  await using world = await testWorld({
    datasets: [customers, published],
    connections: { shop: { url: source.url, token: 'key-1' } },
  })
  const run = await world.run(orders, tick)
  expect(run.tasks.map(({ task, state, attempts }) => [task, state, attempts])).toEqual([
    ['land_orders', 'success', 2],
    ['silver.orders', 'success', 1],
    ['silver.buyers', 'success', 1],
    ['load_customers', 'success', 1],
    ['load_orders', 'success', 1],
  ])
  expect(run.tasks[1]?.receipts[0]).toMatchObject({ rowsIn: 5, rowsWritten: 4, rowsQuarantined: 1, brokenRules: { 'within(total)': 1 } })
  expect(source.asked.slice(-3)).toEqual([1, 2, 3].map((page) => `day=2026-11-20&page=${page}`))
  expect(
    await world.rows({ orders: integer() }, sql`select count(*)::integer as orders from ${published} join ${customers} using (customer)`),
  ).toEqual([{ orders: 4 }])
})

test('the migration makes the tables that are declared', () => {
  const written = readFileSync(new URL('../migrations/0001_tables.up.sql', import.meta.url), 'utf8')
  expect(written.trim().split(/;\s*/)).toEqual([...[customers, published].flatMap((each) => createTableSql(each)), ''])
})
