import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient, httpTransport } from '../client/index.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { serveHttp } from './http.ts'

const key = 'k'.repeat(43)
const app = createApp(servicesWith({ engine: { pipelines: async () => [] } }), { access: createAccess(key) })

test('serves the client over HTTP with the token, and not without', async () => {
  const server = await serveHttp(app, { port: 0 })
  try {
    expect(await createClient(httpTransport(server.url, key)).pipelines.list()).toEqual({ items: [], next: null })
    await expect(createClient(httpTransport(server.url, undefined)).pipelines.list()).rejects.toMatchObject({ code: 'request.denied' })
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

test('a server that is not there is a network error that says so', async () => {
  const server = await serveHttp(app, { port: 0 })
  await server.close()
  await expect(createClient(httpTransport(server.url, key)).platform.info()).rejects.toMatchObject({ code: 'server.unreachable' })
})
