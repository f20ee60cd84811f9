import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { afterEach, expect, test } from 'vitest'
import { createHttpClient } from './client.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that answers request n with `answers[n]`, the last one for ever. */
async function serve(
  answers: readonly { status: number; headers?: Record<string, string>; body?: string }[],
): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  server = createServer((_, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    response.writeHead(answer?.status ?? 500, answer?.headers)
    response.end(answer?.body ?? '{}')
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, asked: () => asked }
}

function client(waits: number[], signal?: AbortSignal) {
  return createHttpClient({
    log: silent,
    ...(signal === undefined ? {} : { signal }),
    retry: { attempts: 4, delayMs: 100, backoff: 'exponential', maxDelayMs: 1_000 },
    maxWaitMs: 5_000,
    random: () => 0,
    sleep: async (ms) => void waits.push(ms),
  })
}

const failure = async (promise: Promise<unknown>) => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isSluiceError(thrown)) throw new Error(`expected a SluiceError, got ${String(thrown)}`)
  return thrown
}

test.each([408, 425, 429, 500, 502, 503])('tries again after %i, backing off exponentially', async (status) => {
  const { url, asked } = await serve([{ status }, { status }, { status: 200, body: '"fine"' }])
  const waits: number[] = []
  const response = await client(waits).request({ url })
  expect(await response.text()).toBe('"fine"')
  expect(asked()).toBe(3)
  expect(waits).toEqual([100, 200])
})

test.each([
  [400, 'source.client_error'],
  [401, 'source.unauthorized'],
  [403, 'source.unauthorized'],
  [404, 'source.client_error'],
])('gives up at once on %i', async (status, code) => {
  const { url, asked } = await serve([{ status }])
  expect((await failure(client([]).request({ url }))).code).toBe(code)
  expect(asked()).toBe(1)
})

test.each([401, 403])('%i says whether a key went with the request', async (status) => {
  const { url } = await serve([{ status }, { status }, { status }])
  const next = async (request: object) => (await failure(client([]).request({ url, ...request }))).next
  expect(await next({})).toMatch(/^No key went with the request\. .*connection: connection\("name"\)/)
  const connection = { url, token: 'abc' }
  expect(await next({ connection })).toMatch(/^Check the API key/)
  expect(await next({ query: { api_key: 'abc' } })).toMatch(/^Check the API key/)
})

test('a refused key is told by its variable and where that is set, and never by its value', async () => {
  const { url } = await serve([{ status: 401 }, { status: 403 }])
  const connection = { name: 'store', type: 'http', url, token: 'hush-hush', secretsAt: ['STORE_KEY (.env:3)'] } as const
  const first = await failure(client([]).request({ url, connection }))
  expect(first.next).toBe('Check the API key of the connection "store" where it is set: STORE_KEY (.env:3).')
  const second = await failure(client([]).request({ url, connection }))
  expect(second.next).toMatch(/STORE_KEY \(\.env:3\)\. It may also be good and lack the right/)
  expect(JSON.stringify([first, second])).not.toContain('hush-hush')
})

test('never returns sooner than Retry-After asks', async () => {
  const { url } = await serve([{ status: 429, headers: { 'retry-after': '3' } }, { status: 200 }])
  const waits: number[] = []
  await client(waits).request({ url })
  expect(waits).toEqual([3_000])
})

test('leaves a long Retry-After to the engine instead of sleeping on a worker', async () => {
  const { url, asked } = await serve([{ status: 429, headers: { 'retry-after': '120' } }])
  const error = await failure(client([]).request({ url, service: 'CoinCap' }))
  expect(error).toMatchObject({ code: 'source.rate_limited', retryAfterMs: 120_000, message: 'CoinCap API error: 429 Too Many Requests' })
  expect(asked()).toBe(1)
})

test('a refused connection is source.network after all tries, and names no query', async () => {
  const waits: number[] = []
  const error = await failure(client(waits).request({ url: 'http://127.0.0.1:1/x?apiKey=hidden' }))
  expect(error.code).toBe('source.network')
  expect(waits).toHaveLength(3)
  expect(JSON.stringify(error.facts)).not.toContain('hidden')
})

test('an answer that does not come in time is source.timeout', async () => {
  server = createServer(() => {})
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const error = await failure(client([]).request({ url, timeoutMs: 30 }))
  expect(error.code).toBe('source.timeout')
})

test('a request may take longer than a timer of Node can be set to', async () => {
  server = createServer((_, response) => void setTimeout(() => response.end('{}'), 20))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const month = 30 * 86_400_000
  expect(await (await client([]).request({ url, timeoutMs: month, idleTimeoutMs: month })).text()).toBe('{}')
})

test('a body that breaks off is source.network', async () => {
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"data":[')
    setImmediate(() => response.destroy())
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const response = await client([]).request({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
  expect((await failure(response.text())).code).toBe('source.network')
})

test('the abort of the task ends the request with its own reason', async () => {
  server = createServer(() => {})
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const controller = new AbortController()
  const asked = client([], controller.signal).request({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
  controller.abort(new Error('cancelled by hand'))
  await expect(asked).rejects.toThrow('cancelled by hand')
})
