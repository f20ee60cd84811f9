import type { MadeToken, TokenSummary } from '@sluice/accounts'
import { notFound } from '@sluice/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { ownerEnvironment } from '../endpoint/caller.ts'
import { servicesWith } from '../testing/services.ts'
import { type TwoProjects, twoProjects } from '../testing/two-projects.ts'
import { createApp } from './app.ts'

let t: TwoProjects
let app: ReturnType<typeof createApp>
const cookies = new Map<string, string>()

beforeAll(async () => {
  t = await twoProjects()
  const all = async (project?: string): Promise<readonly []> => {
    if (project !== 'shop') throw notFound(`there is no project ${project}`)
    return []
  }
  app = createApp(servicesWith({ engine: t.engine, users: t.users, datasets: { all } }), {
    access: createAccess('k'.repeat(43)),
    verifyAnswers: true,
  })
  for (const [username, role] of [
    ['ada', 'editor'],
    ['root', 'admin'],
  ] as const) {
    await t.users.create({ username, firstName: 'A', lastName: 'B', email: 'a@example.org', role, password: 'correct horse' })
    const headers = { host: 'localhost', 'content-type': 'application/json' }
    const answer = await app.request('/login', { method: 'POST', headers, body: JSON.stringify({ username, password: 'correct horse' }) })
    cookies.set(username, (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '')
  }
})
afterAll(async () => await t[Symbol.asyncDispose]())

const as = (username: string) => ({ cookie: cookies.get(username) ?? '', 'sec-fetch-site': 'same-origin' })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const ask = async (method: string, path: string, headers: Record<string, string>, body?: object, environment = {}) => {
  const init = { method, headers: { host: 'localhost', 'content-type': 'application/json', ...headers } }
  const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) }
  const answer = await app.request(`/api/v1${path}`, sent, environment)
  return {
    status: answer.status,
    body: (await answer.json()) as MadeToken & { readonly items: readonly TokenSummary[]; readonly detail: string },
  }
}
const tomorrow = () => Date.now() + 86_400_000

test('a user makes a token of their own, which reads but does not change until its role says so', async () => {
  const { status, body } = await ask('POST', '/tokens', as('ada'), { name: 'reads', expires: tomorrow() })
  expect([status, body]).toMatchObject([201, { username: 'ada', name: 'reads', role: 'viewer', projects: null }])
  expect((await ask('GET', '/pipelines', bearer(body.token))).status).toBe(200)
  expect((await ask('PATCH', '/pipelines/sales', bearer(body.token), { paused: true })).status).toBe(403)
  const writes = (await ask('POST', '/tokens', as('ada'), { name: 'writes', role: 'admin', expires: tomorrow() })).body.token
  expect((await ask('PATCH', '/pipelines/sales', bearer(writes), { paused: false })).status).toBe(200)
  expect((await ask('GET', '/users', bearer(writes))).status).toBe(403)
})

test('a revoked token and one whose time is over are refused by the next request, with what to do', async () => {
  const { token } = (await ask('POST', '/tokens', as('ada'), { name: 'short', expires: tomorrow() })).body
  expect((await ask('GET', '/pipelines', bearer(token))).status).toBe(200)
  expect((await ask('DELETE', '/tokens/short', as('ada'))).status).toBe(200)
  const revoked = await ask('GET', '/pipelines', bearer(token))
  expect([revoked.status, revoked.body.detail]).toEqual([401, expect.stringContaining('there is no such token')])
  const late = (await ask('POST', '/tokens', as('ada'), { name: 'short', expires: tomorrow() })).body.token
  await t.pool.execute("update sluice_accounts.token set expires_at = now() where name = 'short'")
  const expired = await ask('GET', '/pipelines', bearer(late))
  expect([expired.status, expired.body.detail]).toEqual([401, 'the time of this token is over'])
})

test('a token makes no other token, and nobody but an admin works with those of another user', async () => {
  const { token } = (await ask('POST', '/tokens', as('root'), { name: 'admin', role: 'admin', expires: tomorrow() })).body
  expect((await ask('POST', '/tokens', bearer(token), { name: 'child', expires: tomorrow() })).status).toBe(403)
  expect((await ask('POST', '/tokens', as('ada'), { name: 'other', user: 'root', expires: tomorrow() })).status).toBe(403)
  expect((await ask('DELETE', '/tokens/admin?user=root', as('ada'))).status).toBe(403)
  expect((await ask('GET', '/tokens?user=root', as('ada'))).status).toBe(403)
  const own = (await ask('GET', '/tokens', as('ada'))).body.items
  expect(own.length).toBeGreaterThan(0)
  expect(new Set(own.map(({ username }) => username))).toEqual(new Set(['ada']))
  expect(JSON.stringify(own)).not.toContain('sluice_pat_')
  expect((await ask('POST', '/tokens', as('root'), { name: 'for-ada', user: 'Ada', expires: tomorrow() })).body.username).toBe('ada')
  const all = (await ask('GET', '/tokens', {}, undefined, { ...ownerEnvironment })).body.items
  expect(new Set(all.map(({ username }) => username))).toEqual(new Set(['ada', 'root']))
})

test('the owner, who is not a user, names whose token it is; an end is needed, within a year', async () => {
  const asOwner = (body: object) => ask('POST', '/tokens', {}, body, { ...ownerEnvironment })
  expect((await asOwner({ name: 'ci', expires: tomorrow() })).status).toBe(400)
  expect((await asOwner({ name: 'ci', user: 'ada' })).status).toBe(400)
  expect((await asOwner({ name: 'ci', user: 'ada', expires: Date.now() + 400 * 86_400_000 })).status).toBe(400)
  expect((await asOwner({ name: 'ci', user: 'nobody', expires: tomorrow() })).status).toBe(404)
  expect((await asOwner({ name: 'ci', user: 'ada', projects: ['shop'], expires: tomorrow() })).body).toMatchObject({ projects: ['shop'] })
  expect((await asOwner({ name: 'ci2', user: 'ada', projects: ['shpo'], expires: tomorrow() })).status).toBe(404)
})
