import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createTableSql } from '@sluice/warehouse'
import { integer, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published, prices as typed } from '../datasets/prices.ts'
import prices from './prices.ts'
import history from './prices-history.ts'

/** Answers any hour with three coins and a price that breaks the rule; of the fifth hour it knows two coins alone. */
async function api() {
  const server = createServer((request, response) => {
    const at = new URL(request.url ?? '', 'http://localhost').searchParams.get('at') ?? ''
    const coins = at.includes('T05') ? ['btc', 'eth'] : ['btc', 'eth', 'doge']
    const known = coins.map((coin, rank) => ({ coin, usd: `${64_000 - rank}.123456789012345678` }))
    response.end(JSON.stringify({ at, prices: [...known, { coin: 'bad', usd: '-1' }] }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

test('an hour is landed, typed, loaded and checked; days of the past go the same way, and an hour that both bring stands there once', async () => {
  await using source = await api()
  await using world = await testWorld({ datasets: [typed, published], connections: { prices: { url: source.url, token: undefined } } })
  const counts = async () => {
    const columns = { rows: integer(), hours: integer() }
    const [row] = await world.rows(
      columns,
      sql`select count(*)::integer as rows, count(distinct seen_at)::integer as hours from ${published}`,
    )
    return row
  }
  const hour = await world.run(prices, { key: 'scheduled:1795233600000', logicalTime: '2026-11-21T04:00:00Z' })
  expect(hour.tasks.map(({ task, state }) => [task, state])).toEqual([
    ['land_prices', 'success'],
    ['silver.prices', 'success'],
    ['load_prices', 'success'],
    ['enough_coins', 'success'],
  ])
  expect(hour.tasks[1]?.receipts[0]).toMatchObject({ rowsWritten: 3, rowsQuarantined: 1 })
  expect(await counts()).toEqual({ rows: 3, hours: 1 })

  const few = await world.run(prices, { key: 'scheduled:1795237200000', logicalTime: '2026-11-21T05:00:00Z' })
  expect(few.tasks.at(-1)?.error).toMatchObject({ code: 'quality.failed', message: 'only 2 coins have a price' })

  const day = await world.run(history, { key: 'scheduled:1795305600000', logicalTime: '2026-11-22T00:00:00Z' })
  expect(day.state).toBe('success')
  expect(await counts()).toEqual({ rows: 71, hours: 24 })
})

test('the migration makes the table that is declared', () => {
  const written = readFileSync(new URL('../migrations/0001_prices.up.sql', import.meta.url), 'utf8')
  expect(written.trim().split(/;\s*/)).toEqual([...createTableSql(published), ''])
})
