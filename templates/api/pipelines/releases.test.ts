import { integer, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from '../datasets/releases.ts'
import { start } from '../fixtures/github.ts'
import releases from './releases.ts'

// The first test of a machine starts a PostgreSQL of its own: give it time.
test('all pages of the API reach the warehouse, and a mail tells of the newest release', { timeout: 300_000 }, async () => {
  const github = await start()
  try {
    await using world = await testWorld({
      datasets: [published],
      connections: { github: { url: github.url, token: github.apiKey } },
      variables: { repository: 'nodejs/node' },
    })
    const run = await world.run(releases, { logicalTime: '2026-11-21T00:00:00Z' })
    expect(run.state, JSON.stringify(run.tasks)).toBe('success')
    const rows = await world.rows({ known: integer() }, sql`select count(*)::integer as known from ${published}`)
    expect(rows).toEqual([{ known: 230 }])
    const [mail] = await world.notifications()
    expect(mail).toMatchObject({ to: 'team', subject: 'Releases of nodejs/node' })
    expect(mail?.text).toContain('230 releases are known; the newest is v24.9.0')
  } finally {
    await github.close()
  }
})
