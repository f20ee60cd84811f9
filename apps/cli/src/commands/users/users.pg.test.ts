import { spawnSync } from 'node:child_process'
import { installed } from '@sluice/core/testing/installed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

const { bin } = installed()
let platform: PlatformOnDisk
let url: string

/** With a password on stdin. */
const typed = (input: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [bin, ...args, '--password-stdin'], { cwd: platform.root, input, encoding: 'utf8' })

const ada = ['--role', 'admin', '--email', 'ada@example.org', '--first-name', 'Ada', '--last-name', 'Lovelace']
const first = 'correct horse battery'
const second = 'staple horse correct'

let server: Awaited<ReturnType<PlatformOnDisk['stay']>>
beforeAll(async () => {
  platform = await platformOnDisk(shop)
  server = await platform.stay('Sign in:', 'start', '--port', '0')
  url = /runs at (\S+)/.exec(server.output())?.[1] ?? ''
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

/** The commands block this process: a kept connection would be closed by the server unseen. */
const unkept = { connection: 'close' }
const signIn = (password: string) =>
  fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...unkept },
    body: JSON.stringify({ username: 'ada', password }),
  })
const usersSeenWith = async (cookie: string) => (await fetch(`${url}/api/v1/users`, { headers: { cookie, ...unkept } })).status

test('nobody can sign in before a user is created', async () => {
  expect(platform.sluice('users', 'list').stdout).toContain('There are no users')
  expect((await signIn(first)).status).toBe(403)
})

test('a password is neither an argument nor short nor guessed', () => {
  expect(platform.sluice('users', 'create', 'ada', ...ada)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--password-stdin'),
  })
  expect(platform.sluice('users', 'create', 'ada', ...ada, '--password', first).status).toBe(2)
  const short = typed('elevenchars\n', 'users', 'create', 'ada', ...ada)
  expect([short.status, short.stderr]).toEqual([1, expect.stringContaining('it has 11 of at least 12 characters')])
  expect(short.stderr).not.toContain('elevenchars')
})

test('a token for a project that there is not is refused, with the projects that there are', () => {
  const { status, stdout, stderr } = platform.sluice('tokens', 'create', 'ci', '--user', 'ada', '--only', 'shopp', '--expires', '30d')
  expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(/not_found .*shopp[\s\S]*next .*shop/)])
})

test('a created admin signs in, loses the session with the password, and is gone when deleted', async () => {
  expect(typed(`${first}\n`, 'users', 'create', 'Ada', ...ada)).toMatchObject({ status: 0, stdout: 'ada (admin) may sign in at /login\n' })
  expect(JSON.parse(platform.sluice('users', 'list', '--json').stdout)).toMatchObject([
    { username: 'ada', role: 'admin', lastName: 'Lovelace' },
  ])
  const response = await signIn(first)
  expect([response.status, await response.json()]).toEqual([200, { username: 'ada', role: 'admin' }])
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  expect(await usersSeenWith(cookie)).toBe(200)
  expect(platform.sluice('users', 'role', 'ada', 'viewer').stdout).toBe('ada is viewer\n')
  expect(await usersSeenWith(cookie)).toBe(403)
  expect(platform.sluice('users', 'role', 'ada', 'king').status).toBe(2)
  expect(typed(`${second}\n`, 'users', 'passwd', 'ada').status).toBe(0)
  expect(await usersSeenWith(cookie)).toBe(401)
  expect((await signIn(second)).status).toBe(200)
  expect(platform.sluice('users', 'disable', 'ada').stdout).toBe('ada may no longer sign in\n')
  expect((await signIn(second)).status).toBe(403)
  expect(platform.sluice('users', 'enable', 'ada').status).toBe(0)
  const own = (present: string, next: string, ...rest: readonly string[]) =>
    typed(`${present}\n${next}\n`, 'users', 'password', 'ada', ...rest)
  expect(own(first, 'yet another password')).toMatchObject({ status: 1, stderr: expect.stringContaining('wrong username or password') })
  expect(own(second, 'yet another password')).toMatchObject({ status: 0, stdout: 'ada has a new password; earlier sessions have ended\n' })
  expect(own('yet another password', second, '--url', url).status).toBe(0)
  expect(platform.sluice('users', 'password', 'ada')).toMatchObject({ status: 2, stderr: expect.stringContaining('--password-stdin') })
  expect(typed('only one line\n', 'users', 'password', 'ada')).toMatchObject({ status: 2, stderr: expect.stringContaining('two lines') })
  expect(platform.sluice('users', 'delete', 'ada').status).toBe(2)
  expect(platform.sluice('users', 'delete', 'ada', '--yes')).toMatchObject({ status: 0, stdout: 'ada is deleted\n' })
  expect(platform.sluice('users', 'delete', 'ada', '--yes').status).toBe(1)
  expect(server.output()).toMatch(/sign-in success: ada from (?:::ffff:)?127\.0\.0\.1/)
  expect(server.output()).toMatch(/sign-in failed: ada from /)
  expect(server.output()).not.toContain(first)
})
