import { pick, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from '../datasets/greetings.ts'
import greetings from './greetings.ts'

// The first test of a machine starts a PostgreSQL of its own: give it time.
test('greetings reach the warehouse', { timeout: 300_000 }, async () => {
  await using world = await testWorld({ datasets: [published] })
  const run = await world.run(greetings, { logicalTime: '2026-11-21T00:00:00Z' })
  expect(run.state, JSON.stringify(run.tasks)).toBe('success')
  const rows = await world.rows(pick(published, 'name', 'greeting'), sql`select name, greeting from ${published} order by name`)
  expect(rows).toEqual([
    { name: 'Ada', greeting: 'Hello' },
    { name: 'Grace', greeting: 'Good morning' },
  ])
})
