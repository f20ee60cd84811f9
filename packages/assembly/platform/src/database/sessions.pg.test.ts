import { withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { embeddedSessions, refuseTooManyWorkers } from './sessions.ts'

test('an embedded server has room for the workers that are set, and never less than PostgreSQL has by itself', () => {
  expect(embeddedSessions({ workers: 2, projects: 1 })).toBe(100)
  expect(embeddedSessions({ workers: 24, projects: 1 })).toBeGreaterThan(24 * 10)
})

test('workers that a server has no sessions for are refused by the name of the setting', async () => {
  await using database = await testDatabase()
  const users = { workers: 24, projects: 1, embedded: false }
  await refuseTooManyWorkers(database.url, users)
  // The limit of the database counts as well.
  const name = new URL(database.url).pathname.slice(1)
  await withSession(database.url, (session) => session.query(`alter database "${name}" connection limit 60`))
  await expect(refuseTooManyWorkers(database.url, users)).rejects.toMatchObject({
    code: 'config.invalid',
    message: '24 workers take 99 sessions of PostgreSQL at least, and it allows 60',
    next: expect.stringMatching(/^Set SLUICE_WORKERS to 11 or fewer, or raise max_connections/),
  })
  await refuseTooManyWorkers(database.url, { ...users, workers: 11 })
})
