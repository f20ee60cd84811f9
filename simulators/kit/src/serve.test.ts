import { afterEach, expect, test } from 'vitest'
import type { Fault } from './faults.ts'
import type { Route, Upstream } from './reply.ts'
import { type Simulator, serveSimulator } from './serve.ts'

const upstream: Upstream = {
  problem: (status, message) => ({ status, body: { error: message } }),
  shutdown: () => ({ status: 429, body: { data: { message: 'closed' } } }),
  fields: ['price', 'volume'],
}

const rows = [1, 2, 3, 4].map((id) => ({ id, price: `${id}.5`, volume: `${id}00` }))

const routes: readonly Route[] = [
  { method: 'GET', path: '/things', answer: () => ({ body: { data: rows, timestamp: 1 } }) },
  { method: 'GET', path: '/things/:id', answer: ({ params }) => ({ body: { data: params.id } }) },
  { method: 'POST', path: '/echo', answer: ({ body }) => ({ status: 201, body: body.toString() }) },
  {
    method: 'GET',
    path: '/broken',
    answer: () => {
      throw new Error('planted defect')
    },
  },
]

let simulator: Simulator
const open = async (...faults: readonly Fault[]): Promise<Simulator> => {
  simulator = await serveSimulator({ name: 'things', routes, upstream, faults })
  return simulator
}
afterEach(() => simulator.close())

interface Body {
  readonly data: readonly Record<string, unknown>[]
}
const bodyOf = async (response: Response) => (await response.json()) as Body

test('answers a route with JSON and puts the request in the log before the client reads the answer', async () => {
  const { url, requests } = await open()
  const response = await fetch(`${url}/things/a%20b?x=1`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(await response.json()).toEqual({ data: 'a b' })
  expect(requests()).toEqual([
    { at: expect.any(Number), method: 'GET', path: '/things/a%20b', query: 'x=1', status: 200, ms: expect.any(Number) },
  ])
})

test('answers HEAD as GET without a body, 405 with Allow, and 404 in the words of the service', async () => {
  const { url } = await open()
  const head = await fetch(`${url}/things`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
  const wrongMethod = await fetch(`${url}/things`, { method: 'DELETE' })
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  for (const path of ['/nothing', '/things/', '/things/%zz', '/things/1/2']) {
    const missing = await fetch(url + path)
    expect([missing.status, await missing.json()]).toEqual([404, { error: 'Not Found' }])
  }
})

test('hands a body to the route and sends a text answer as text', async () => {
  const { url } = await open()
  const response = await fetch(`${url}/echo`, { method: 'POST', body: 'é' })
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([201, 'text/plain; charset=utf-8', 'é'])
})

test('a defect of the simulator is answered 500 and shown in the log', async () => {
  const { url, requests } = await open()
  expect((await fetch(`${url}/broken`)).status).toBe(500)
  expect(requests()[0]?.error).toContain('planted defect')
})

test('rate_limited answers 429, with Retry-After only when asked', async () => {
  const { url, requests } = await open({ kind: 'rate_limited', retryAfter: 3, times: 1 }, { kind: 'rate_limited', times: 1 })
  const first = await fetch(`${url}/things`)
  const second = await fetch(`${url}/things`)
  expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3'])
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, null])
  expect((await fetch(`${url}/things`)).status).toBe(200)
  expect(requests().map(({ fault }) => fault)).toEqual(['rate_limited', 'rate_limited', undefined])
})

test('server_error, unauthorized and shutdown answer in the words of the service', async () => {
  const { url, setFaults } = await open()
  const answers = async (fault: Fault) => {
    setFaults([fault])
    const response = await fetch(`${url}/things`)
    return [response.status, await response.json()]
  }
  expect(await answers({ kind: 'server_error' })).toEqual([500, { error: 'Internal Server Error' }])
  expect(await answers({ kind: 'server_error', status: 502 })).toEqual([502, { error: 'Internal Server Error' }])
  expect(await answers({ kind: 'unauthorized' })).toEqual([401, { error: 'Unauthorized' }])
  expect(await answers({ kind: 'shutdown' })).toEqual([429, { data: { message: 'closed' } }])
  expect(await answers({ kind: 'shutdown', status: 200 })).toEqual([200, { data: { message: 'closed' } }])
})

test('timeout keeps the client waiting for ever, or answers late', async () => {
  const { url, requests } = await open({ kind: 'timeout', times: 1 }, { kind: 'timeout', answerAfterMs: 40, times: 1 })
  const leaving = new AbortController()
  const waiting = fetch(`${url}/things`, { signal: leaving.signal })
  await expect.poll(() => requests().length).toBe(1)
  leaving.abort()
  await expect(waiting).rejects.toThrow('aborted')
  expect((await fetch(`${url}/things`)).status).toBe(200)
  expect(requests().map(({ status }) => status)).toEqual([null, 200])
  expect(requests()[1]?.ms).toBeGreaterThan(35)
})

test('truncated breaks the connection half-way, or announces half the JSON as the whole', async () => {
  const { url } = await open({ kind: 'truncated', times: 1 }, { kind: 'truncated', how: 'length', times: 1 })
  const cut = await fetch(`${url}/things`)
  expect(cut.status).toBe(200)
  await expect(cut.text()).rejects.toThrow('terminated')
  const short = await fetch(`${url}/things`)
  const text = await short.text()
  expect(Number(short.headers.get('content-length'))).toBe(text.length)
  expect(() => JSON.parse(text)).toThrow(SyntaxError)
})

test('empty_list and duplicate_ids keep the envelope', async () => {
  const { url } = await open({ kind: 'empty_list', times: 1 }, { kind: 'duplicate_ids', times: 1 })
  expect(await (await fetch(`${url}/things`)).json()).toEqual({ data: [], timestamp: 1 })
  expect((await bodyOf(await fetch(`${url}/things`))).data.map(({ id }) => id)).toEqual([1, 1, 2, 3, 3, 4])
})

test('null_fields and absurd_values spoil every other row, field after field', async () => {
  const { url } = await open({ kind: 'null_fields', times: 1 }, { kind: 'absurd_values', times: 1 })
  expect((await bodyOf(await fetch(`${url}/things`))).data).toEqual([
    { ...rows[0], price: null },
    rows[1],
    { ...rows[2], volume: null },
    rows[3],
  ])
  expect((await bodyOf(await fetch(`${url}/things`))).data).toEqual([
    { ...rows[0], price: '-1.0000000000000000' },
    rows[1],
    { ...rows[2], volume: '1e40' },
    rows[3],
  ])
})

test('absurd_values can name the rows, the field and the value', async () => {
  const { url } = await open({ kind: 'absurd_values', every: 3, fields: ['price'], value: 'NaN' })
  expect((await bodyOf(await fetch(`${url}/things`))).data.map(({ price }) => price)).toEqual(['NaN', '2.5', '3.5', 'NaN'])
})

test('a fault on rows leaves a body without rows as it is', async () => {
  const { url } = await open({ kind: 'null_fields' })
  expect(await (await fetch(`${url}/things/7`)).json()).toEqual({ data: '7' })
})

test('another process switches faults and reads the log on the control routes, which faults never touch', async () => {
  const { url } = await open({ kind: 'server_error' })
  const control = `${url}/__simulator/faults`
  expect((await fetch(`${url}/things`)).status).toBe(500)
  const posted = await fetch(control, { method: 'POST', body: JSON.stringify({ kind: 'unauthorized', times: 1, match: '/things' }) })
  expect(await posted.json()).toEqual({ faults: [{ kind: 'unauthorized', times: 1, match: '/things' }] })
  expect((await fetch(`${url}/things`)).status).toBe(401)
  expect((await fetch(`${url}/things`)).status).toBe(200)
  await fetch(control, { method: 'POST', body: JSON.stringify([{ kind: 'timeout' }]) })
  expect(await (await fetch(control, { method: 'DELETE' })).json()).toEqual({ faults: [] })
  const log = (await (await fetch(`${url}/__simulator/requests`)).json()) as { requests: readonly { path: string; status: number }[] }
  expect(log.requests.map(({ path, status }) => [path, status])).toEqual([
    ['/things', 500],
    ['/things', 401],
    ['/things', 200],
  ])
})

test('the control route refuses what is not a fault and keeps the faults it had', async () => {
  const { url, faults } = await open({ kind: 'server_error' })
  for (const body of ['{', '{"kind":"explosion"}']) {
    const refused = await fetch(`${url}/__simulator/faults`, { method: 'POST', body })
    expect([refused.status, await refused.json()]).toEqual([400, { error: expect.any(String), next: expect.any(String) }])
  }
  expect(faults()).toEqual([{ kind: 'server_error' }])
})

test('close destroys hanging requests and may be called twice', async () => {
  const { url, close } = await open({ kind: 'timeout' })
  const hanging = [fetch(`${url}/things`), fetch(`${url}/things`)].map((request) => request.catch((error: unknown) => error))
  while (simulator.requests().length < 2) await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([close(), close()])
  for (const outcome of await Promise.all(hanging)) expect(outcome).toBeInstanceOf(TypeError)
  await expect(fetch(url)).rejects.toThrow(TypeError)
})

test('says what to do when the port is taken', async () => {
  const { port } = await open()
  await expect(serveSimulator({ name: 'second', port, routes, upstream })).rejects.toMatchObject({
    code: 'port_in_use',
    next: expect.stringContaining('another port'),
  })
})
