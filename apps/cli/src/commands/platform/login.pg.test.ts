import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

let platform: PlatformOnDisk
let url: string
let printed: string

beforeAll(async () => {
  platform = await platformOnDisk(shop)
  expect(platform.sluice('login')).toMatchObject({ status: 1, stderr: expect.stringContaining('sluice start') })
  const server = await platform.stay('Sign in:', 'start', '--port', '0')
  url = /runs at (\S+)/.exec(server.output())?.[1] ?? ''
  printed = /Sign in: (\S+)/.exec(server.output())?.[1] ?? ''
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

/** The commands block this process: a kept connection would be closed by the server unseen. */
const unkept = { connection: 'close' }
const look = (link: string) => fetch(link, { headers: { ...unkept, accept: 'text/html' } })
const spend = (link: string) =>
  fetch(`${url}/login/link`, {
    method: 'POST',
    redirect: 'manual',
    headers: unkept,
    body: new URLSearchParams({ code: new URL(link).searchParams.get('code') ?? '' }),
  })
const statusWith = async (headers: Record<string, string>) =>
  (await fetch(`${url}/api/v1/runs`, { headers: { ...unkept, ...headers } })).status

test('the link that start printed is spent by its button alone, and login makes another', async () => {
  expect([(await look(printed)).status, (await look(printed)).status]).toEqual([200, 200])
  const session = await spend(printed)
  expect([session.status, session.headers.get('location')]).toEqual([303, '/'])
  expect(await statusWith({ cookie: (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '' })).toBe(200)
  const late = await look(printed)
  expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('sluice login')])

  const made = platform.sluice('login')
  const [, link = ''] = /^Sign in: (\S+)\nIt works once/.exec(made.stdout) ?? []
  expect([made.status, link.startsWith(`${url}/login?code=`)]).toEqual([0, true])
  expect([(await spend(link)).status, (await spend(link)).status]).toEqual([303, 403])
  expect(JSON.parse(platform.sluice('login', '--json').stdout)).toEqual({ login: expect.stringContaining('/login?code=') })
})

test('the owner’s token opens the API, and is not a link', async () => {
  const token = platform.sluice('login', '--owner-token').stdout.trim()
  expect([await statusWith({ authorization: `Bearer ${token}` }), await statusWith({ authorization: `Bearer ${token}x` })]).toEqual([
    200, 403,
  ])
  expect((await spend(`${url}/login?code=${token}`)).status).toBe(403)
  expect(platform.sluice('login', '--url', url)).toMatchObject({ status: 1, stderr: expect.stringContaining('--url') })
})
