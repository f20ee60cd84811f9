import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp } from '../server/app.ts'
import { servicesWith } from '../testing/services.ts'
import { createAccess } from './access.ts'
import { keyOf } from './key-file.ts'
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
    pass: (ms: number) => {
      now += ms
    },
    login: (code: string, headers: Record<string, string> = {}) =>
      app.request(`/login?code=${code}`, { headers: { host: 'localhost', ...headers } }),
    get: (cookie: string) => app.request('/api/v1/pipelines', { headers: { host: 'localhost', cookie } }),
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

test('a browser that opens a used login link gets the form with the fault, anything else the problem', async () => {
  const { access, login } = setUp()
  const code = access.issueLoginCode()
  await login(code)
  const page = await login(code, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  expect([page.status, await page.text()]).toEqual([
    403,
    expect.stringMatching(/role="alert"><strong>This login link[\s\S]*type="password"/),
  ])
  expect((await login(code)).headers.get('content-type')).toContain('application/problem+json')
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

test('a code from before the restart is refused, since it may have been used', async () => {
  const { login } = setUp()
  expect((await login(issueTicket(key, 'login', 999_999))).status).toBe(403)
  expect((await login(issueTicket(key, 'login', 1_000_000))).status).toBe(303)
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
