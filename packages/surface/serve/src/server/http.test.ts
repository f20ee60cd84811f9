import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient, httpTransport } from '../client/index.ts'
import { servicesWith } from '../testing/services.ts'
import { nodeTransport } from '../wire/node-transport.ts'
import { createApp } from './app.ts'
import { serveHttp } from './http.ts'

const key = 'k'.repeat(43)
const app = createApp(servicesWith({ engine: { pipelines: async () => [] } }), { access: createAccess(key) })

test.each([
  ['fetch', httpTransport],
  ['a request of Node', nodeTransport],
])('serves the client over HTTP with the token, and not without, by %s', async (_, transport) => {
  const server = await serveHttp(app, { port: 0 })
  try {
    expect(await createClient(transport(server.url, key)).pipelines.list()).toEqual({ items: [], next: null })
    await expect(createClient(transport(server.url, undefined)).pipelines.list()).rejects.toMatchObject({ code: 'request.denied' })
  } finally {
    await server.close()
  }
})

test('a port in use is an error that names the port and the way out', async () => {
  const first = await serveHttp(app, { port: 0 })
  try {
    await expect(serveHttp(app, { port: first.port })).rejects.toMatchObject({
      code: 'port.in_use',
      facts: { port: first.port },
      next: expect.stringContaining(`SLUICE_PORT=${first.port + 1}`),
    })
  } finally {
    await first.close()
  }
})

test('an idle connection outlives the 60 s for which proxies keep theirs', async () => {
  const server = await serveHttp(app, { port: 0 })
  try {
    expect((await fetch(`${server.url}/healthz`)).headers.get('keep-alive')).toBe('timeout=75')
  } finally {
    await server.close()
  }
})

test('close ends open streams too', async () => {
  const server = await serveHttp(app, { port: 0 })
  const response = await fetch(`${server.url}/api/v1/events`, { headers: { authorization: `Bearer ${key}` } })
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(': connected\n\n')
  await server.close()
  await expect(reader?.read()).rejects.toThrow()
})

test.each([
  ['fetch', httpTransport],
  ['a request of Node', nodeTransport],
])('a server that is not there is a network error that says so, by %s', async (_, transport) => {
  const server = await serveHttp(app, { port: 0 })
  await server.close()
  await expect(createClient(transport(server.url, key)).platform.info()).rejects.toMatchObject({ code: 'server.unreachable' })
})

test('an answer that breaks off is told as a server that is not there, be it read whole or as it comes', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"items": [', () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const ask = nodeTransport(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, key)
    const broken = { code: 'server.unreachable', message: expect.stringContaining('broke off') }
    await expect(createClient(ask).pipelines.list()).rejects.toMatchObject(broken)
    const reader = (await ask('/api/v1/events', {})).body?.getReader()
    await expect(reader?.read().then(async () => await reader.read())).rejects.toMatchObject(broken)
  } finally {
    server.close()
  }
})

test('a stream of a request of Node comes as it is written, and ends when whoever reads it gives up', async () => {
  const server = await serveHttp(app, { port: 0 })
  try {
    const over = new AbortController()
    const { body, ok } = await nodeTransport(server.url, key)('/api/v1/events', { method: 'GET', signal: over.signal })
    const reader = body?.getReader()
    expect([ok, new TextDecoder().decode((await reader?.read())?.value)]).toEqual([true, ': connected\n\n'])
    over.abort()
    await expect(reader?.read()).rejects.toThrow()
  } finally {
    await server.close()
  }
})

/** Sends pieces of a megabyte until it is answered or cut off. */
const pour = (port: number, headers: Record<string, string>, pieces: number): Promise<{ status: number; sent: number }> =>
  new Promise((resolve) => {
    let sent = 0
    let status = 0
    const sending = request(
      { port, host: '127.0.0.1', path: '/api/v1/pipelines/x/runs', method: 'POST', headers, agent: false },
      (response) => {
        status = response.statusCode ?? 0
        response.resume()
        response.on('end', () => sending.destroy())
        response.on('error', () => undefined)
      },
    )
    const more = (): void => {
      if (status !== 0 || sending.destroyed) return
      if (sent >= pieces) return void sending.end()
      sent++
      if (sending.write(Buffer.alloc(1_048_576, ' '))) setImmediate(more)
      else sending.once('drain', more)
    }
    sending.on('error', () => undefined)
    sending.on('close', () => resolve({ status, sent }))
    more()
  })

test('of 120 MB that somebody pours in, little is read before the answer, with a length and without, of those who may and may not', async () => {
  const server = await serveHttp(app, { port: 0 })
  try {
    const json = { 'content-type': 'application/json' }
    const token = { authorization: `Bearer ${key}` }
    const length = { 'content-length': String(120 * 1_048_576) }
    const chunked = { 'transfer-encoding': 'chunked' }
    for (const [headers, status] of [
      [{ ...json, ...token, ...length }, 413],
      [{ ...json, ...token, ...chunked }, 413],
      [{ ...json, ...length }, 401],
      [{ ...json, ...chunked }, 401],
    ] as const) {
      const answer = await pour(server.port, headers, 120)
      expect([status, answer.status, answer.sent < 60]).toEqual([status, status, true])
    }
    expect(await createClient(httpTransport(server.url, key)).pipelines.list()).toEqual({ items: [], next: null })
  } finally {
    await server.close()
  }
})
