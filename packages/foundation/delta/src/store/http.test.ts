import { expect, test } from 'vitest'
import { type HttpAnswer, type RetryPolicy, refused, send } from './http.ts'
import { scriptedServer } from './testing/scripted-server.ts'

const quick: RetryPolicy = { attempts: 4, delayMs: () => 0, timeoutMs: 60_000 }
const get = (endpoint: string, policy = quick) => send(() => Promise.resolve({ method: 'GET', url: `${endpoint}/a?secret=x` }), policy)

test.for([408, 429, 500, 502, 503, 504])('%i is tried again, and a later success is the answer', async (status) => {
  using server = await scriptedServer((_, index) => ({ status: index < 2 ? status : 200, body: 'done' }))
  const answer = await get(server.endpoint)
  expect(new TextDecoder().decode(answer.body)).toBe('done')
  expect(server.received).toHaveLength(3)
  expect(answer.repeated).toBe(status !== 429)
})

test.for([200, 304, 400, 403, 404, 409, 412])('%i is an answer', async (status) => {
  using server = await scriptedServer(() => ({ status }))
  expect(await get(server.endpoint)).toMatchObject({ status, repeated: false })
  expect(server.received).toHaveLength(1)
})

test('after the last try the refusal is the answer', async () => {
  using server = await scriptedServer(() => ({ status: 503 }))
  expect((await get(server.endpoint)).status).toBe(503)
  expect(server.received).toHaveLength(4)
})

test('a request that nobody answers is tried again, then an error without its query', async () => {
  using server = await scriptedServer(() => ({ status: 200, silent: true }))
  const failed = get(server.endpoint, { ...quick, attempts: 2, timeoutMs: 500 })
  await expect(failed).rejects.toMatchObject({ code: 'store.failed', facts: { path: '/a', attempts: 2 } })
  await expect(failed).rejects.not.toThrow(/secret/)
  expect(server.received).toHaveLength(2)
})

test('an incomplete answer is tried again', async () => {
  using server = await scriptedServer((_, index) => ({
    status: 200,
    headers: index === 0 ? { 'content-length': '50', connection: 'close' } : {},
    body: 'short',
  }))
  const answer = await get(server.endpoint)
  expect(new TextDecoder().decode(answer.body)).toBe('short')
  expect(answer.repeated).toBe(true)
})

test('each try makes a new request', async () => {
  using server = await scriptedServer((_, index) => ({ status: index < 2 ? 500 : 200 }))
  let made = 0
  await send(() => Promise.resolve({ method: 'GET', url: `${server.endpoint}/${made++}` }), quick)
  expect(server.received.map(({ url }) => url)).toEqual(['/0', '/1', '/2'])
})

test.for([
  [403, 'AccessDenied', /right to list, read, write/],
  [403, 'SignatureDoesNotMatch', /credentials/],
  [403, 'RequestTimeTooSkewed', /clock/],
  [404, 'NoSuchBucket', /Create the bucket/],
  [301, 'PermanentRedirect', /region/],
  [501, 'NotImplemented', /conditional writes/],
  [503, 'SlowDown', /later/],
] as const)('%i %s says what to do', ([status, reason, next]) => {
  const answer: HttpAnswer = { status, headers: new Headers(), body: new Uint8Array(), repeated: false }
  const error = refused(answer, { what: 'read', key: 'a/b', where: 's3://bucket', reason })
  expect(error).toMatchObject({ code: 'store.failed', facts: { status, key: 'a/b', reason } })
  expect(error.next).toMatch(next)
})
