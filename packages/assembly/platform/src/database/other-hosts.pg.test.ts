import { hostname } from 'node:os'
import { migrateState } from '@sluice/engine'
import { withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { refuseOtherHosts } from './other-hosts.ts'

test('workers are refused where those of another host are alive on the same database and the lake is a folder, and only then', async () => {
  await using database = await testDatabase()
  await migrateState(database.url)
  const register = (host: string, lease: string): Promise<unknown> =>
    withSession(database.url, (session) =>
      session.query('insert into sluice.worker (host, pid, lease_until) values ($1, 1, now() + $2::interval)', [host, lease]),
    )
  await register(hostname(), '1 hour')
  await register('gone.example', '-1 second')
  const local = { stateDir: '/state', lakeUrl: null }
  await refuseOtherHosts(database.url, local)
  await register('other.example', '1 hour')
  await expect(refuseOtherHosts(database.url, local)).rejects.toMatchObject({
    code: 'config.invalid',
    facts: { others: ['other.example'] },
    next: expect.stringContaining('Run workers on other.example only'),
  })
  await refuseOtherHosts(database.url, { ...local, lakeUrl: 's3://bucket/lake' })
})
