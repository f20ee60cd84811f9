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
