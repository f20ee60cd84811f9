import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp } from '../server/app.ts'
import { servicesWith } from '../testing/services.ts'
import { createAccess } from './access.ts'
import { keyOf } from './key-file.ts'
import { ownerToken, subKey } from './sub-keys.ts'
import { issueTicket } from './tickets.ts'

const key = 'k'.repeat(43)
const services = servicesWith({
  engine: { pipelines: async () => [], setPaused: () => Promise.reject(new Error('reached')) },
})
const setUp = () => {
  let now = 1_000_000
  const access = createAccess(key, () => now)
  const app = createApp(services, { access })
  return {
    access,
    app,
    pass: (ms: number) => {
      now += ms
    },
    open: (code: string) => app.request(`/login?code=${code}`, { headers: { host: 'localhost', accept: 'text/html' } }),
    login: (code: string, headers: Record<string, string> = {}) =>
      app.request('/login/link', {
        method: 'POST',
        headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ code }).toString(),
      }),
    get: (cookie: string) => app.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie } }),
    ask: (authorization: string, environment: object) =>
      app.request('/api/v1/pipelines', { headers: { host: 'localhost', authorization } }, environment),
    pause: (headers: Record<string, string>) =>
      app.request('/api/v1/pipelines/x', {
        method: 'PATCH',
        headers: { host: 'localhost:4400', 'content-type': 'application/json', ...headers },
        body: '{"paused":true}',
      }),
  }
}
const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

test('a login link gives a session once', async () => {
  const { access, login, get } = setUp()
  const code = access.issueLoginCode()
  const first = await login(code)
  expect(first.status).toBe(303)
  expect(first.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i)
  expect((await get(cookieOf(first))).status).toBe(200)
  expect((await login(code)).status).toBe(403)
})

test('looking at a login link spends nothing, however often; its button does', async () => {
  const { access, login, open, get } = setUp()
  const code = access.issueLoginCode()
  for (let n = 0; n < 3; n++) {
    const seen = await open(code)
    expect([seen.status, seen.headers.get('set-cookie')]).toEqual([200, null])
    const text = await seen.text()
    expect(text).toContain('action="/login/link"')
    expect(text).toContain(`name="code" value="${code}"`)
  }
  expect((await get(cookieOf(await login(code)))).status).toBe(200)
})

test('a used or late login link is a page that says how to get another', async () => {
  const { access, login, open, pass } = setUp()
  const code = access.issueLoginCode()
  await login(code)
  for (const page of [await open(code), await login(code), await open('<script>')]) {
    const text = await page.text()
    expect([page.status, page.headers.get('content-type'), text]).toEqual([
      403,
      'text/html; charset=UTF-8',
      expect.stringMatching(/role="alert"><strong>This login link[\s\S]*sluice login[\s\S]*type="password"/),
    ])
    expect(text).not.toContain('<script>')
  }
  const late = access.issueLoginCode()
  pass(10 * 60_000 + 1)
  expect((await open(late)).status).toBe(403)
})

test('a program trades the code as JSON, and is told of a used one as a problem', async () => {
  const { access, app } = setUp()
  const body = JSON.stringify({ code: access.issueLoginCode() })
  const trade = () =>
    app.request('/login/link', { method: 'POST', headers: { host: 'localhost', 'content-type': 'application/json' }, body })
  expect(await (await trade()).json()).toEqual({ signedIn: true })
  const again = await trade()
  expect([again.status, again.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
})

test('another site cannot spend a link in the browser of whoever visits it', async () => {
  const { access, login } = setUp()
  const code = access.issueLoginCode()
  expect((await login(code, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await login(code, { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
})

test('the token is not the key: from another machine the key itself opens nothing', async () => {
  const { ask } = setUp()
  const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })
  const statusOf = async (shown: string, address: string) => (await ask(`Bearer ${shown}`, from(address))).status
  const token = ownerToken(key)
  expect(token).not.toContain(key)
  expect([await statusOf(token, '203.0.113.7'), await statusOf(token, '127.0.0.1')]).toEqual([200, 200])
  expect([await statusOf(key, '203.0.113.7'), await statusOf(key, '::ffff:127.0.0.1'), await statusOf(key, '::1')]).toEqual([403, 200, 200])
})

test('each use of the key has a key of its own', () => {
  const uses = ['token', 'login link', 'owner session', 'user session'] as const
  expect(new Set(uses.map((use) => subKey(key, use).toString('hex'))).size).toBe(uses.length)
})

test('a login link is worth nothing after ten minutes, a session after twelve hours', async () => {
  const { access, login, get, pass } = setUp()
  const late = access.issueLoginCode()
  const inTime = access.issueLoginCode()
  pass(10 * 60_000)
  const session = cookieOf(await login(inTime))
  pass(1)
  expect((await login(late)).status).toBe(403)
  pass(12 * 3_600_000 - 1)
  expect((await get(session)).status).toBe(200)
  pass(1)
  expect((await get(session)).status).toBe(401)
})

test('a code from before the restart lets in, once', async () => {
  const { login } = setUp()
  const before = issueTicket(key, 'login', 999_999)
  expect([(await login(before)).status, (await login(before)).status]).toEqual([303, 403])
})

test('who is signed in and opens a spent link is told so, and not asked for a password', async () => {
  const { access, app, login } = setUp()
  const code = access.issueLoginCode()
  const cookie = cookieOf(await login(code))
  const again = await app.request(`/login?code=${code}`, { headers: { host: 'localhost', cookie } })
  const text = await again.text()
  expect(again.status).toBe(403)
  expect(text).toMatch(/role="alert"[\s\S]*You are signed in as the owner[\s\S]*action="\/logout"/)
  expect(text).not.toContain('type="password"')
})

test('a session is not a login code, a login code is not a session, and a changed one is neither', async () => {
  const { access, login, get } = setUp()
  const code = access.issueLoginCode()
  expect((await get(`sluice_session=${code}`)).status).toBe(401)
  expect((await login(`${code}x`)).status).toBe(403)
  const session = cookieOf(await login(code)).replace('sluice_session=', '')
  expect((await login(session)).status).toBe(403)
  const [issued, ...rest] = session.split('.')
  expect((await get(`sluice_session=${Number(issued) + 1}.${rest.join('.')}`)).status).toBe(401)
})

test('a page of another site cannot use the cookie to change anything', async () => {
  const { access, login, pause } = setUp()
  const cookie = cookieOf(await login(access.issueLoginCode()))
  expect((await pause({ cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await pause({ cookie, origin: 'http://evil.example' })).status).toBe(403)
  expect((await pause({ cookie })).status).toBe(403)
  expect((await pause({ cookie, origin: 'http://localhost:4400' })).status).toBe(500)
  expect((await pause({ cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(500)
})

test('the key is made once, also by ten who ask at the same time, and only its owner may read it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-key-'))
  const keys = await Promise.all(Array.from({ length: 10 }, () => keyOf(dir)))
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toHaveLength(43)
  expect((await readFile(join(dir, 'key'), 'utf8')).trim()).toBe(keys[0])
  expect((await stat(join(dir, 'key'))).mode & 0o777).toBe(0o600)
})

test('a key that others may read is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-key-'))
  await writeFile(join(dir, 'key'), 'x'.repeat(43), { mode: 0o644 })
  await expect(keyOf(dir)).rejects.toMatchObject({ code: 'config.invalid' })
})

test('the cookie is named for the port, and under TLS kept to the host', async () => {
  const { access, app } = setUp()
  const signIn = async (host: string, environment: object) => {
    const headers = { host, 'content-type': 'application/json' }
    const body = JSON.stringify({ code: access.issueLoginCode() })
    return (await app.request('/login/link', { method: 'POST', headers, body }, environment)).headers.get('set-cookie') ?? ''
  }
  const over = (encrypted: boolean) => ({ incoming: { socket: { remoteAddress: '127.0.0.1', encrypted } } })
  expect(await signIn('localhost:4200', over(false))).toMatch(/^sluice_session_4200=/)
  expect(await signIn('localhost:4300', over(false))).toMatch(/^sluice_session_4300=/)
  const secure = await signIn('localhost:4200', over(true))
  expect(secure).toMatch(/^__Host-sluice_session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax/)
  expect(secure).not.toMatch(/domain/i)
  const headers = { host: 'localhost:4200', cookie: secure.split(';')[0] ?? '' }
  const statusOf = async (environment: object) => (await app.request('/api/v1/pipelines', { headers }, environment)).status
  expect([await statusOf(over(true)), await statusOf(over(false))]).toEqual([200, 401])
})
