import { type Role, roles, type Users } from '@sluice/accounts'
import { openTestUsers } from '@sluice/accounts/testing'
import { withSession } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { ownerEnvironment } from '../endpoint/caller.ts'
import { endpoints } from '../generated/endpoints.ts'
import { servicesWith } from '../testing/services.ts'
import { lookMs } from './access-ends.ts'
import { type AppOptions, createApp } from './app.ts'
import type { SignIn } from './login.ts'

const key = 'k'.repeat(43)
const password = 'correct horse battery'
const start = 1_795_228_200_000
let now = start
let database: TestDatabase
let users: Users
const told: SignIn[] = []
const appOf = (services: Parameters<typeof servicesWith>[0] = {}, options: Partial<AppOptions> = {}) =>
  createApp(servicesWith({ users, ...services }), { access: createAccess(key, () => now), onSignIn: (each) => told.push(each), ...options })

beforeAll(async () => {
  database = await testDatabase()
  users = await openTestUsers(database.url)
  for (const role of roles) await create(role, role)
})
// Of each test its own: they outlive the process, and so an app.
beforeEach(() => withSession(database.url, (session) => session.query('truncate sluice_accounts.sign_in_count')))
afterAll(async () => {
  await users.close()
  await database.drop()
})

const pass = (ms: number): void => {
  now += ms
}
const create = (username: string, role: Role) =>
  users.create({ username, firstName: 'A', lastName: 'B', email: 'a@example.org', role, password })
const json = { host: 'localhost', 'content-type': 'application/json' }
const signIn = (app: ReturnType<typeof appOf>, username: string, given = password, headers: Record<string, string> = {}) =>
  app.request('/login', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ username, password: given }) })
const byLink = (app: ReturnType<typeof appOf>, code: string) =>
  app.request('/login/link', { method: 'POST', headers: json, body: JSON.stringify({ code }) })
const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
const ofOurPage = { 'sec-fetch-site': 'same-origin' }

interface Operation {
  readonly path: string
  readonly method: string
  readonly leastRole: string
}
async function operations(app: ReturnType<typeof appOf>): Promise<readonly Operation[]> {
  const document = await (await app.request('/api/openapi.json', { headers: { host: 'localhost' } })).json()
  const { paths } = document as { paths: Record<string, Record<string, { 'x-least-role': string }>> }
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, leastRole: operation['x-least-role'] })),
    )
}

/** Said here once more, on purpose: by path and method, not by the endpoints under test. */
function mayCall(role: Role, { path, method }: Operation): boolean {
  const area = path.split('/')[3] ?? ''
  if (role === 'admin') return true
  // What compares a warehouse makes scratch databases on its server.
  if (['users', 'config', 'audit', 'backups'].includes(area) || /\/warehouse\/\{project\}\/(?:connection|diff|check)$/.test(path))
    return false
  // It tells where all files of the lake are.
  if (/\/lake\/\{project\}\/connection$/.test(path)) return role === 'editor'
  if (method === 'get' || area === 'tokens' || /\/models\/\{project\}\/(?:graph|plan)$/.test(path)) return true
  return (
    role === 'editor' &&
    (['pipelines', 'runs', 'backfills', 'sources'].includes(area) ||
      /^\/api\/v1\/(?:(?:warehouse|lake)\/\{project\}\/quer|models\/\{project\}\/(?:sql|diff)$|lake\/exports\/verify$)/.test(path))
  )
}

test('every route of the document answers anonymous, viewer, editor, admin and owner as the rights say', async () => {
  const app = appOf({ engine: { waitForRun: () => Promise.reject(new Error('reached')) } })
  const all = await operations(app)
  expect(all.length).toBeGreaterThan(30)
  const cookies = new Map<Role, string>()
  for (const role of roles) cookies.set(role, cookieOf(await signIn(app, role)))
  for (const operation of all) {
    const place = operation.path.replaceAll(/\{\w+\}/g, 'x')
    const ask = async (headers: Record<string, string>, environment = {}): Promise<number> => {
      const controller = new AbortController()
      const init = { method: operation.method.toUpperCase(), headers: { ...json, ...ofOurPage, ...headers }, signal: controller.signal }
      const response = await app.request(place, operation.method === 'get' ? init : { ...init, body: 'null' }, environment)
      controller.abort()
      await response.body?.cancel()
      return response.status
    }
    const name = `${operation.method} ${operation.path}`
    expect([name, await ask({})]).toEqual([name, 401])
    for (const [role, cookie] of cookies) {
      const status = await ask({ cookie })
      expect([name, role, status !== 403 && status !== 401]).toEqual([name, role, mayCall(role, operation)])
    }
    for (const status of [await ask({}, ownerEnvironment), await ask({ authorization: `Bearer ${key}` })]) {
      expect([name, [401, 403].includes(status)]).toEqual([name, false])
    }
  }
})

test('the document names the least role of each operation as its endpoint does', async () => {
  const shown = (await operations(appOf())).map(({ method, path, leastRole }) => `${method} ${path}: ${leastRole}`)
  const said = endpoints.map(({ method, path, right }) => `${method} /api/v1${path}: ${right}`)
  expect(shown.sort()).toEqual(said.sort())
})

test('a route that somebody adds later, or writes differently, is for admins', async () => {
  const app = appOf()
  app.get('/api/v1/planted', (context) => context.text('open'))
  const seen = async (role: Role, path: string) => {
    const headers = { host: 'localhost', cookie: cookieOf(await signIn(app, role)) }
    return (await app.request(path, { headers })).status
  }
  expect([await seen('editor', '/api/v1/planted'), await seen('admin', '/api/v1/planted')]).toEqual([403, 200])
  for (const path of ['/api/v1/%75sers', '/api/v1//users', '/api/v1/users/', '/API/v1/users', '/api/v1/config/..%2fusers']) {
    expect([path, await seen('viewer', path)]).toEqual([path, 403])
  }
})

test('a session ends with the password, with disabling and with the user; a role holds at once', async () => {
  const app = appOf({ engine: { pipelines: async () => [] } })
  const see = async (cookie: string) => (await app.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie } })).status
  for (const end of [
    () => users.change('mary', { password }),
    () => users.change('mary', { disabled: true }),
    async () => {
      await users.remove('mary')
      await create('mary', 'admin')
    },
  ]) {
    await users.remove('mary').catch(() => undefined)
    await create('mary', 'viewer')
    const cookie = cookieOf(await signIn(app, 'mary'))
    expect(await see(cookie)).toBe(200)
    await end()
    expect(await see(cookie)).toBe(401)
  }
  const cookie = cookieOf(await signIn(app, 'mary'))
  now += 12 * 3_600_000 + 1
  expect(await see(cookie)).toBe(401)
})

test('the session of a user is not the owner’s, nor a changed one anybody’s', async () => {
  const app = appOf()
  const cookie = cookieOf(await signIn(app, 'viewer'))
  expect((await byLink(app, cookie.split('=')[1] ?? '')).status).toBe(403)
  const { session } = (await users.verify('admin', password)) ?? { session: '' }
  const [issued, , signature] = cookie.split('=')[1]?.split('.') ?? []
  const forged = { host: 'localhost', cookie: `sluice_session=${issued}.${session}.${signature}` }
  expect((await app.request('/api/v1/users', { headers: forged })).status).toBe(401)
})

test('the fourth failure of a name from an address waits, twice as long each time, and is told to the log', async () => {
  const app = appOf()
  told.length = 0
  for (let n = 0; n < 3; n++) expect((await signIn(app, 'admin', 'wrong password')).headers.get('retry-after')).toBeNull()
  const early = await signIn(app, 'ADMIN')
  expect([early.status, early.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await early.json()).toMatchObject({ code: 'request.throttled', kind: 'retryable' })
  expect((await signIn(app, 'viewer')).status).toBe(200)
  now += 1_000
  await signIn(app, 'admin', 'wrong password')
  expect((await signIn(app, 'admin')).headers.get('retry-after')).toBe('2')
  now += 2_000
  expect((await signIn(app, 'admin')).status).toBe(200)
  expect((await signIn(app, 'admin', 'wrong password')).headers.get('retry-after')).toBeNull()
  expect(told.map(({ outcome }) => outcome).join(' ')).toBe('failed failed failed throttled success failed throttled success failed')
  await signIn(app, 'my secret passphrase', 'x')
  expect(told.at(-1)).toEqual({ outcome: 'failed', username: null, address: 'this process' })
})

test('twenty guesses at once are not more than three', async () => {
  const app = appOf()
  told.length = 0
  await Promise.all(Array.from({ length: 20 }, () => signIn(app, 'editor', 'wrong password')))
  expect(told.filter(({ outcome }) => outcome === 'failed')).toHaveLength(3)
})

test('neither a flood of a hundred sign-ins of nobody nor what it leaves behind keeps an admin out who signed in before', async () => {
  const app = appOf()
  expect((await signIn(app, 'admin')).status).toBe(200)
  const flood = Array.from({ length: 100 }, (_, n) => signIn(app, `nobody${n}`, 'Winter2026!Winter'))
  expect((await signIn(app, 'admin')).status).toBe(200)
  const refused = (await Promise.all(flood)).map(({ status }) => status)
  expect(refused.filter((status) => status === 429).length).toBeGreaterThan(80)
  expect((await signIn(app, 'admin')).status).toBe(200)
})

test('a form works without scripts; another site cannot send it', async () => {
  const app = appOf({
    engine: { pipelines: async () => [], runs: async () => ({ items: [], next: null }), definitionErrors: async () => [] },
  })
  const front = await app.request('/', { headers: { host: 'localhost' } })
  expect([front.status, await front.text()]).toEqual([200, expect.stringMatching(/<form method="post" action="\/login"/)])
  const form = await app.request('/login', { headers: { host: 'localhost' } })
  expect([form.status, await form.text()]).toEqual([200, expect.stringMatching(/<form method="post"[\s\S]*type="password"/)])
  const send = (given: string, headers: Record<string, string> = ofOurPage) =>
    app.request('/login', {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ username: 'viewer', password: given }).toString(),
    })
  const wrong = await send('<script>')
  const page = await wrong.text()
  expect([wrong.status, page]).toEqual([403, expect.stringContaining('Wrong username or password')])
  expect(page).not.toContain('<script>')
  const right = await send(password)
  expect([right.status, right.headers.get('location')]).toEqual([303, '/'])
  expect(right.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/)
  const signedIn = await app.request('/', { headers: { host: 'localhost', cookie: cookieOf(right) } })
  expect(await signedIn.text()).toContain('Signed in as viewer')
  expect((await send(password, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await signIn(app, 'viewer', password, { origin: 'http://evil.example' })).status).toBe(403)
  expect((await signIn(app, '')).status).toBe(400)
})

test('signing out ends that session on the server, and no other', async () => {
  const app = appOf({ engine: { pipelines: async () => [] } })
  const see = async (cookie: string) => (await app.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie } })).status
  const leave = (cookie: string, headers: Record<string, string> = ofOurPage) =>
    app.request('/logout', { method: 'POST', headers: { host: 'localhost', cookie, ...headers } })
  const phone = cookieOf(await signIn(app, 'viewer'))
  now += 1
  const desk = cookieOf(await signIn(app, 'viewer'))
  const owner = cookieOf(await byLink(app, createAccess(key, () => now).issueLoginCode()))
  expect((await leave(phone, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect([await see(phone), await see(desk), await see(owner)]).toEqual([200, 200, 200])

  const left = await leave(phone)
  expect([left.status, await left.json()]).toEqual([200, { signedOut: true }])
  expect(left.headers.get('set-cookie')).toMatch(/sluice_session=; Max-Age=0/)
  expect([await see(phone), await see(desk), await see(owner)]).toEqual([401, 200, 200])
  expect(await (await leave(phone)).json()).toEqual({ signedOut: false })

  const form = await leave(owner, { ...ofOurPage, 'content-type': 'application/x-www-form-urlencoded' })
  expect([form.status, form.headers.get('location')]).toEqual([303, '/'])
  expect([await see(desk), await see(owner)]).toEqual([200, 401])
  // Another server on the same state knows it, too; what it keeps is not a session.
  const other = createApp(servicesWith({ users, engine: { pipelines: async () => [] } }), { access: createAccess(key, () => now) })
  expect((await other.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie: owner } })).status).toBe(401)
  expect((await leave('sluice_session=nonsense')).status).toBe(200)
})

test('who shows the present password may set another, which ends every earlier session and gives a new one', async () => {
  const app = appOf({ engine: { pipelines: async () => [] } })
  const see = async (cookie: string) => (await app.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie } })).status
  const change = (body: object, headers: Record<string, string> = {}) =>
    app.request('/login/password', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) })
  await create('nina', 'viewer')
  const before = cookieOf(await signIn(app, 'nina'))
  const wanted = { username: 'nina', password, newPassword: 'staple horse correct' }
  told.length = 0
  expect((await change({ ...wanted, password: 'wrong password' })).status).toBe(403)
  expect((await change(wanted, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await change({ ...wanted, newPassword: 'short' })).status).toBe(400)
  expect((await change({ ...wanted, newPassword: password })).status).toBe(400)
  expect((await change({ username: 'nina' })).status).toBe(400)
  expect((await app.request('/login/password', { method: 'POST', headers: json, body: '{' })).status).toBe(400)
  expect(await see(before)).toBe(200)

  const done = await change(wanted)
  expect([done.status, await done.json()]).toEqual([200, { username: 'nina', role: 'viewer' }])
  expect([await see(before), await see(cookieOf(done))]).toEqual([401, 200])
  expect((await signIn(app, 'nina')).status).toBe(403)
  expect((await signIn(app, 'nina', wanted.newPassword)).status).toBe(200)
  expect(told[0]).toMatchObject({ outcome: 'failed', username: 'nina' })
  await users.remove('nina')
})

test('guessing the present password is slowed as signing in is', async () => {
  const app = appOf()
  const guess = () =>
    app.request('/login/password', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ username: 'editor', password: 'wrong password', newPassword: 'staple horse correct' }),
    })
  for (let n = 0; n < 3; n++) expect((await guess()).headers.get('retry-after')).toBeNull()
  expect((await guess()).headers.get('retry-after')).toBe('1')
  expect((await signIn(app, 'editor')).headers.get('retry-after')).toBe('1')
})

test('an open stream ends within 15 s of access: by sign-out, by disabling, by another role, by the end of the session', async () => {
  expect(lookMs).toBeLessThanOrEqual(12_000)
  await create('olga', 'viewer')
  const app = appOf({ engine: { changes: async () => ({ cursor: '1', complete: true, runs: [], tasks: [] }) } }, { lookMs: 5 })
  const ends: readonly (readonly [string, (cookie: string) => Promise<unknown>])[] = [
    [
      'sign-out',
      (cookie) => Promise.resolve(app.request('/logout', { method: 'POST', headers: { host: 'localhost', cookie, ...ofOurPage } })),
    ],
    ['another role', () => users.change('olga', { role: 'editor' })],
    ['disabling', () => users.change('olga', { disabled: true })],
    ['a new password', () => users.change('olga', { password: 'staple horse correct' })],
    ['twelve hours', async () => pass(12 * 3_600_000 + 1)],
    ['removal', () => users.remove('olga')],
  ]
  for (const [name, end] of ends) {
    await users.change('olga', { disabled: false, password })
    const cookie = cookieOf(await signIn(app, 'olga'))
    const { body } = await app.request('/api/v1/events', { headers: { host: 'localhost', cookie } })
    const reader = body?.getReader()
    expect([name, new TextDecoder().decode((await reader?.read())?.value)]).toEqual([name, ': connected\n\n'])
    const next = reader?.read().then(
      () => 'went on',
      (error: { code: string }) => error.code,
    )
    await end(cookie)
    expect([name, await next]).toEqual([name, 'request.denied'])
  }
})

test('an answer that is passed on ends with the access of its reader, and so does its query', async () => {
  await create('ines', 'editor')
  let isAsked = false
  async function* pieces(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    isAsked = true
    try {
      yield Buffer.from('{"columns":[],')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    } finally {
      isAsked = false
    }
  }
  const lake = { answerText: async (_sql: string, _options: object, signal: AbortSignal) => pieces(signal) }
  const app = appOf({ lakes: { named: async () => lake as never } }, { lookMs: 5 })
  const cookie = cookieOf(await signIn(app, 'ines'))
  const answer = await app.request('/api/v1/lake/shop/query', {
    method: 'POST',
    headers: { host: 'localhost', cookie, 'content-type': 'application/json', ...ofOurPage },
    body: JSON.stringify({ sql: 'from x' }),
  })
  const reader = answer.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"columns":[],')
  await users.change('ines', { disabled: true })
  await expect(reader?.read()).rejects.toMatchObject({ code: 'request.denied' })
  await expect.poll(() => isAsked).toBe(false)
})
