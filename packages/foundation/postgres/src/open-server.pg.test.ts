import { expect, test } from 'vitest'
import { withSession } from './connection.ts'
import { openServer, urlFor } from './open-server.ts'
import { startTestServer } from './testing/server.ts'

test('a URL wins over the embedded server, and its other databases are reached the same way', async () => {
  const running = await startTestServer()
  const server = await openServer({ dir: '/nowhere', url: running.url('postgres') })
  expect(server.embedded).toBeUndefined()
  await withSession(server.url('template1'), async (session) => {
    expect(await session.query('select current_database() as name, current_user as role')).toEqual([
      { name: 'template1', role: 'postgres' },
    ])
  })
})

test('a URL where nobody answers fails at once instead of falling back', async () => {
  await expect(openServer({ dir: '/nowhere', url: 'postgres://u:p@127.0.0.1:1/x' })).rejects.toMatchObject({ code: 'postgres.unavailable' })
})

test('names and passwords with odd characters survive in a URL', () => {
  const url = new URL(urlFor('postgres://a:b@h:5/x?sslmode=require', 'my "db"/x', { user: 'u@x', password: 'p:/?#%' }))
  expect([decodeURIComponent(url.pathname), decodeURIComponent(url.username), decodeURIComponent(url.password), url.search]).toEqual([
    '/my "db"/x',
    'u@x',
    'p:/?#%',
    '?sslmode=require',
  ])
})
