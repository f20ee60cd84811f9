import { integer, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from '../datasets/issues.ts'
import { start } from '../fixtures/github.ts'
import issues from './issues.ts'

// The first test of a machine starts a PostgreSQL of its own.
test('both pages reach the warehouse, what has no author is in quarantine, and the team gets a mail', { timeout: 300_000 }, async () => {
  const github = await start()
  await using world = await testWorld({
    datasets: [published],
    connections: { github: { url: github.url, token: github.apiKey } },
    variables: { repository: 'nodejs/node' },
  })
  const run = await world.run(issues, { logicalTime: '2026-11-21T04:00:00Z' })
  await github.close()

  expect(run.tasks.filter(({ error }) => error !== null).map(({ task, error }) => [task, error?.message])).toEqual([])
  expect(run.state).toBe('success')
  expect(await world.rows({ issues: integer() }, sql`select count(*)::integer as issues from ${published}`)).toEqual([{ issues: 119 }])
  expect(run.tasks.find(({ task }) => task === 'silver.issues')?.receipts[0]?.brokenRules).toEqual({ 'not_null(author)': 1 })
  expect(await world.notifications()).toMatchObject([{ to: 'team', subject: '119 issues of nodejs/node changed' }])
})
