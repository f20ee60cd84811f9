import { type AuditEntry, type Role, roles } from '@sluice/accounts'
import type { AskedLake } from '@sluice/lake'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { ownerEnvironment } from '../endpoint/caller.ts'
import { endpoints } from '../generated/endpoints.ts'
import { answering, servicesWith } from '../testing/services.ts'
import { type TwoProjects, twoProjects } from '../testing/two-projects.ts'
import { createApp } from './app.ts'

let t: TwoProjects
let app: ReturnType<typeof createApp>
const access = createAccess('k'.repeat(43))
const tokens = new Map<Role, string>()

beforeAll(async () => {
  t = await twoProjects()
  app = createApp(servicesWith({ engine: t.engine, users: t.users }), { access, verifyAnswers: true })
  for (const role of roles) {
    await t.users.create({ username: role, firstName: 'A', lastName: 'B', email: 'a@example.org', role, password: 'correct horse' })
    const { token } = await t.users.createToken({ username: role, name: 'ci', role, projects: null, expiresAt: Date.now() + 3_600_000 })
    tokens.set(role, token)
  }
})
afterAll(async () => await t[Symbol.asyncDispose]())
beforeEach(async () => void (await t.pool.execute('delete from sluice_accounts.audit')))

const rows = async (): Promise<readonly AuditEntry[]> => (await t.users.audit({ limit: 500 })).toReversed()
const ask = async (
  method: string,
  path: string,
  { token, body = {} }: { readonly token?: string | undefined; readonly body?: unknown } = {},
) => {
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const init = method === 'GET' ? { method, headers } : { method, headers, body: JSON.stringify(body) }
  const answer = await app.request(`/api/v1${path}`, init)
  return { status: answer.status, body: (await answer.json()) as { readonly id: string } }
}

/** They hand out what reads data past the platform: a password, and the places of all files. */
const auditedGets = ['warehouse.connect', 'lake.connect']

test('every operation that is not a GET says how its row is written; of the others only what lets data be read elsewhere has one', () => {
  for (const { name, method, audit } of endpoints) {
    expect([name, audit !== undefined]).toEqual([name, method !== 'get' || auditedGets.includes(name)])
  }
})

test('a login link and a sign-out have one row each, of whoever it was, and what was ended before has none', async () => {
  const { users } = t
  const page = { host: 'localhost', origin: 'http://localhost' }
  const cookieOf = (answer: Response) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const link = JSON.stringify({ code: access.issueLoginCode() })
  const spend = () => app.request('/login/link', { method: 'POST', headers: { ...page, 'content-type': 'application/json' }, body: link })
  const owner = cookieOf(await spend())
  expect((await spend()).status).toBe(403)
  const signIn = JSON.stringify({ username: 'viewer', password: 'correct horse' })
  const viewer = cookieOf(
    await app.request('/login', { method: 'POST', headers: { ...page, 'content-type': 'application/json' }, body: signIn }),
  )
  const leave = (cookie: string) => app.request('/logout', { method: 'POST', headers: { ...page, cookie } })
  for (const cookie of [owner, viewer, viewer, 'sluice_session=nonsense']) await leave(cookie)
  expect((await rows()).map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
    ['owner', 'login.link', 'done'],
    ['nobody', 'login.link', 'refused'],
    ['user:viewer', 'login', 'done'],
    ['owner', 'logout', 'done'],
    ['user:viewer', 'logout', 'done'],
  ])
  // A server that has started since knows of both.
  const later = createApp(servicesWith({ engine: t.engine, users }), { access: createAccess('k'.repeat(43)) })
  const again = await later.request('/login/link', { method: 'POST', headers: { ...page, 'content-type': 'application/json' }, body: link })
  expect(again.status).toBe(403)
})

test('whoever may do nothing here can sign out on the page that says so', async () => {
  await t.users.create({ username: 'none', firstName: 'N', lastName: 'N', email: 'n@example.org', role: 'none', password: 'correct horse' })
  const headers = { host: 'localhost', origin: 'http://localhost', 'content-type': 'application/json' }
  const signedIn = await app.request('/login', {
    method: 'POST',
    headers,
    body: JSON.stringify({ username: 'none', password: 'correct horse' }),
  })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const seen = await app.request('/', { headers: { host: 'localhost', accept: 'text/html', cookie } })
  expect([seen.status, await seen.text()]).toEqual([403, expect.stringContaining('action="/logout"')])
  // Who has no session has nothing to end.
  const bare = await app.request('/', { headers: { host: 'localhost', accept: 'text/html' } })
  expect(await bare.text()).not.toContain('action="/logout"')
})

test('each call that is refused leaves exactly one row: without credentials, by its role, by its form, and for what is not there', async () => {
  const changing = endpoints.filter(({ audit }) => audit !== undefined)
  expect(changing.length).toBeGreaterThan(25)
  for (const { name, method, path, right } of changing) {
    const place = path.replaceAll(/\{\w+\}/g, 'x')
    for (const [who, token] of [['nobody', undefined], ...tokens] as const) {
      await t.pool.execute('delete from sluice_accounts.audit')
      const { status } = await ask(method.toUpperCase(), place, { token, body: null })
      const actor = who === 'nobody' ? 'nobody' : `token:${who}/ci`
      const allowed = who !== 'nobody' && roles.indexOf(who) >= roles.indexOf(right)
      expect([name, who, status]).toEqual([name, who, who === 'nobody' ? 401 : allowed ? expect.not.toBeOneOf([401, 403]) : 403])
      expect([name, await rows()]).toMatchObject([
        name,
        [
          {
            actor,
            action: name,
            target: place,
            address: 'this process',
            outcome: allowed ? expect.toBeOneOf(['refused', 'failed']) : 'refused',
          },
        ],
      ])
    }
  }
})

test('each change leaves exactly one row that says who did what, and runs and pipelines name the same actor', async () => {
  const editor = { token: tokens.get('editor') }
  await ask('PATCH', '/pipelines/sales', { ...editor, body: { paused: true } })
  await ask('PATCH', '/pipelines/sales', { ...editor, body: { paused: false } })
  const { id } = (await ask('POST', '/pipelines/sales/runs', { ...editor, body: { params: {} } })).body
  await ask('POST', `/runs/${id}/cancel`, editor)
  await ask('POST', `/runs/${id}/tasks/first/clear`, editor)
  await ask('POST', `/runs/${id}/tasks/first/mark`, { ...editor, body: { state: 'success' } })
  await ask('POST', `/runs/${id}/cancel`, editor)
  await ask('POST', '/pipelines/prices/backfills', { ...editor, body: { start: '2026-01-01', end: '2026-01-02', dryRun: true } })
  const seen = await rows()
  expect(seen.map(({ actor }) => actor)).toEqual(Array.from({ length: 8 }, () => 'token:editor/ci'))
  expect(seen.map(({ action, target, outcome }) => `${action} ${target} ${outcome}`)).toEqual([
    'pipelines.change /pipelines/sales done',
    'pipelines.change /pipelines/sales done',
    'pipelines.trigger /pipelines/sales/runs done',
    `runs.cancel /runs/${id}/cancel done`,
    `tasks.clear /runs/${id}/tasks/first/clear done`,
    `tasks.mark /runs/${id}/tasks/first/mark done`,
    `runs.cancel /runs/${id}/cancel refused`,
    'pipelines.backfill /pipelines/prices/backfills done',
  ])
  expect(seen[0]?.details).toEqual({ paused: true })
  expect(seen[6]?.reason).toContain(`run ${id} has ended already`)
  expect(await t.engine.run(id)).toMatchObject({ actor: 'token:editor/ci', changedBy: 'token:editor/ci' })
})

test('a change and its row are one: where the row cannot be written, nothing is changed', async () => {
  await t.pool.execute('alter table sluice_accounts.audit add constraint planted check (action <> $$pipelines.change$$)')
  const before = await t.engine.pipeline({ pipeline: 'sales' })
  const { status } = await ask('PATCH', '/pipelines/sales', { token: tokens.get('editor'), body: { paused: !before.paused } })
  await t.pool.execute('alter table sluice_accounts.audit drop constraint planted')
  expect(status).toBeGreaterThanOrEqual(400)
  expect((await t.engine.pipeline({ pipeline: 'sales' })).paused).toBe(before.paused)
  expect(await rows()).toEqual([])
})

test('what is outside the database has its row before the change, also when its process dies in it', async () => {
  let seen: readonly AuditEntry[] = []
  const failing = createApp(
    servicesWith({
      users: t.users,
      lakes: {
        of: async () => {
          seen = await rows()
          throw new Error('the disk is gone')
        },
      },
    }),
    { access },
  )
  const headers = { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${tokens.get('admin')}` }
  const asked = await failing.request('/api/v1/lake/optimize', { method: 'POST', headers, body: '{"dataset":"silver.assets"}' })
  expect(asked.status).toBe(500)
  expect(seen).toMatchObject([{ action: 'lake.optimize', outcome: 'begun', endedAt: null, details: { dataset: 'silver.assets' } }])
  expect(await rows()).toMatchObject([{ id: seen[0]?.id, outcome: 'failed', endedAt: expect.any(Number) }])
})

test('what a person typed is kept, also that of a query; the owner in process leaves no row of what only reads', async () => {
  const asking = createApp(
    servicesWith({
      users: t.users,
      lakes: {
        named: async () => {
          throw new Error('planted')
        },
      },
    }),
    { access },
  )
  const body = JSON.stringify({ sql: 'select 42 as answer' })
  const headers = { host: 'localhost', 'content-type': 'application/json' }
  await asking.request('/api/v1/lake/shop/query', { method: 'POST', headers, body }, { ...ownerEnvironment })
  expect(await rows()).toEqual([])
  const withToken = { ...headers, authorization: `Bearer ${tokens.get('editor')}` }
  await asking.request('/api/v1/lake/shop/query', { method: 'POST', headers: withToken, body })
  expect(await rows()).toMatchObject([{ actor: 'token:editor/ci', action: 'lake.query', details: { sql: 'select 42 as answer' } }])
})

test('the row of an answer that goes on is completed with its end: all of it, a reader who left, and what broke off', async () => {
  const asking = (pieces: () => AsyncGenerator<string>) =>
    createApp(
      servicesWith({
        users: t.users,
        lakes: { named: async () => answering<AskedLake>('lake', { project: 'shop', answerFile: async () => pieces() as never }) },
      }),
      { access },
    ).request('/api/v1/lake/shop/query/rows', {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${tokens.get('editor')}` },
      body: JSON.stringify({ sql: 'select 1', format: 'csv' }),
    })
  const last = async () => (await rows()).map(({ outcome, reason, endedAt }) => ({ outcome, reason, ended: endedAt !== null })).at(-1)
  async function* two() {
    yield 'a'
    yield 'b'
  }
  const whole = await asking(two)
  expect(await last()).toEqual({ outcome: 'begun', reason: null, ended: false })
  expect(await whole.text()).toBe('ab')
  expect(await last()).toEqual({ outcome: 'done', reason: null, ended: true })
  await (await asking(two)).body?.cancel()
  expect(await last()).toEqual({ outcome: 'done', reason: 'its reader left before its end', ended: true })
  await expect(
    (
      await asking(async function* () {
        yield 'a'
        throw new Error('planted')
      })
    ).text(),
  ).rejects.toThrow('planted')
  expect(await last()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('planted'), ended: true })
})

test('no row holds a password', async () => {
  const body = {
    username: 'zoe',
    firstName: 'Z',
    lastName: 'Z',
    email: 'z@example.org',
    role: 'viewer',
    password: 'a very secret passphrase',
  }
  const { status } = await ask('POST', '/users', { token: tokens.get('admin'), body })
  await ask('PATCH', '/users/zoe', { token: tokens.get('admin'), body: { password: 'another secret passphrase' } })
  expect(status).toBe(201)
  const all = await rows()
  expect(all).toMatchObject([{ action: 'users.create', details: { password: '****', role: 'viewer' } }, { details: { password: '****' } }])
  expect(JSON.stringify(all)).not.toContain('passphrase')
  await t.users.remove('zoe')
})

test('signing in leaves a row, with a password, a new one and a link, also when it fails; it never holds what may be a password', async () => {
  const post = (path: string, body: object) =>
    app.request(path, { method: 'POST', headers: { host: 'localhost', 'content-type': 'application/json' }, body: JSON.stringify(body) })
  await post('/login', { username: 'viewer', password: 'correct horse' })
  await post('/login', { username: 'viewer', password: 'wrong horse' })
  await post('/login', { username: 'my secret passphrase', password: 'x' })
  await post('/login/password', { username: 'viewer', password: 'correct horse', newPassword: 'correct horse two' })
  await post('/login/link', { code: access.issueLoginCode() })
  await post('/login/link', { code: 'nonsense' })
  expect((await rows()).map(({ action, actor, target, outcome }) => `${action} ${actor} ${target} ${outcome}`)).toEqual([
    'login user:viewer viewer done',
    'login nobody viewer refused',
    'login nobody  refused',
    'login.password user:viewer viewer done',
    'login.link owner  done',
    'login.link nobody  refused',
  ])
  await t.users.change('viewer', { password: 'correct horse' })
})

test('a new password of one’s own and its row are one change: where the row cannot be written, the password stays', async () => {
  const users = { ...t.users, writeAudit: () => Promise.reject(new Error('the disk is full')) }
  const broken = createApp(servicesWith({ engine: t.engine, users }), { access })
  const { status } = await broken.request('/login/password', {
    method: 'POST',
    headers: { host: 'localhost', 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'viewer', password: 'correct horse', newPassword: 'correct horse two' }),
  })
  expect(status).toBe(500)
  expect(await t.users.verify('viewer', 'correct horse two')).toBeUndefined()
  expect(await t.users.verify('viewer', 'correct horse')).toBeDefined()
})

test('callers without credentials cannot fill the disk: 60 rows a minute, and the next one counts the others', async () => {
  const fresh = createApp(servicesWith({ engine: t.engine, users: t.users }), { access })
  for (let n = 0; n < 80; n++) await fresh.request('/api/v1/pipelines/sales/runs', { method: 'POST', headers: { host: 'localhost' } })
  expect(await rows()).toHaveLength(60)
})

test('an admin lists the audit, in pages and by what is asked for; nobody else does', async () => {
  for (const paused of [true, false, true, false]) await ask('PATCH', '/pipelines/sales', { token: tokens.get('editor'), body: { paused } })
  const list = async (query: string) =>
    (await ask('GET', `/audit?${query}`, { token: tokens.get('admin') })).body as unknown as {
      readonly items: readonly AuditEntry[]
      readonly next: string | null
    }
  const first = await list('limit=3')
  expect(first.items.map(({ details }) => details.paused)).toEqual([false, true, false])
  const second = await list(`limit=3&cursor=${first.next}`)
  expect([second.items.map(({ details }) => details.paused), second.next]).toEqual([[true], null])
  expect((await list('actor=token:editor/ci&action=pipelines.change&outcome=done&since=2026-01-01')).items).toHaveLength(4)
  expect((await list('outcome=failed')).items).toEqual([])
  expect((await ask('GET', '/audit', { token: tokens.get('editor') })).status).toBe(403)
  expect((await ask('GET', '/audit?cursor=x', { token: tokens.get('admin') })).status).toBe(400)
})
