import { join } from 'node:path'
import { pick, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from '../datasets/orders.ts'
import orders from './orders.ts'

// The first test of a machine starts a PostgreSQL of its own: give it time.
test('each order is in the warehouse as it was last told, and one of less than nothing is in quarantine', {
  timeout: 300_000,
}, async () => {
  await using world = await testWorld({
    datasets: [published],
    variables: { inbox: join(import.meta.dirname, '../fixtures/inbox') },
  })
  const run = await world.run(orders, { logicalTime: '2026-11-21T00:00:00Z' })
  expect(run.state, JSON.stringify(run.tasks)).toBe('success')
  const rows = await world.rows(pick(published, 'id', 'customer', 'total'), sql`select id, customer, total from ${published} order by id`)
  expect(rows).toEqual([
    { id: 1, customer: 'Ada', total: '10.50' },
    { id: 2, customer: 'Hopper, Grace', total: '22.00' },
    { id: 3, customer: 'Alan "the machine" Turing', total: '7.25' },
  ])
})
