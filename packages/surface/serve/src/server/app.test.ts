import { createHash } from 'node:crypto'
import { bugErrors, diskErrors, type ErrorDefinition, inputErrors, notFound, qualityErrors, requestErrors } from '@sluice/core'
import type { RunFilter } from '@sluice/engine'
import { lockErrors } from '@sluice/process'
import { describe, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient } from '../client/client.ts'
import { problemSchema } from '../schemas/problem.ts'
import { aRun, aRunDetail } from '../testing/samples.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { inProcessTransport } from './in-process.ts'

const key = 'k'.repeat(43)
const token = { authorization: `Bearer ${key}`, host: 'localhost' }
const appWith = (given: Parameters<typeof servicesWith>[0] = {}, options: Partial<Parameters<typeof createApp>[1]> = {}) =>
  createApp(servicesWith(given), { access: createAccess(key), verifyAnswers: true, ...options })

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string; readonly responses: object }>>>>
  readonly components: { readonly schemas: object }
}
const documentOf = async (app: ReturnType<typeof appWith>): Promise<Document> =>
  (await (await app.request('/api/openapi.json', { headers: { host: 'localhost' } })).json()) as Document

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))

describe('the OpenAPI document', () => {
  test('is 3.1, open to everybody, and names each operation once', async () => {
    const document = await documentOf(appWith())
    expect(document.openapi).toBe('3.1.0')
    const ids = operationsOf(document).map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(20)
  })

  test('refers only to schemas that it has', async () => {
    const document = await documentOf(appWith())
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name)
    expect(references.length).toBeGreaterThan(10)
    for (const name of references) expect(document.components.schemas).toHaveProperty(name ?? '')
  })

  test('names every parameter that stands in a path', async () => {
    for (const { path, operation } of operationsOf(await documentOf(appWith()))) {
      const declared = ((operation as { parameters?: { in: string; name: string }[] }).parameters ?? [])
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name)
      expect([path, declared]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)])
    }
  })
})

describe('every route', () => {
  const open = ['/healthz', '/readyz', '/login', '/login/link', '/login/password', '/logout']

  test('refuses an anonymous caller with 401, except health, login and logout', async () => {
    const app = appWith()
    const operations = operationsOf(await documentOf(app)).filter(({ path }) => !open.includes(path))
    expect(operations.length).toBeGreaterThan(20)
    for (const { path, method } of operations) {
      const response = await app.request(path.replaceAll(/\{\w+\}/g, 'x'), { method: method.toUpperCase(), headers: { host: 'localhost' } })
      expect([path, response.status]).toEqual([path, 401])
      expect(response.headers.get('content-type')).toBe('application/problem+json')
    }
  })

  test('a route that somebody adds later is closed without their doing', async () => {
    const app = appWith()
    app.get('/api/v1/planted', (context) => context.text('open'))
    const late = await app.request('/api/v1/planted', { headers: { host: 'localhost' } })
    expect(late.status).toBe(401)
  })

  test('refuses a wrong token with 403', async () => {
    const response = await appWith().request('/api/v1/pipelines', { headers: { host: 'localhost', authorization: 'Bearer nonsense' } })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'request.denied', status: 403 })
  })

  test('does not take the owner mark from a header or from the environment of another server', async () => {
    const forged = await appWith().request('/api/v1/pipelines', { headers: { host: 'localhost', owner: 'true' } }, { owner: true })
    expect(forged.status).toBe(401)
  })

  test('refuses a host name that is not a loopback one', async () => {
    const response = await appWith().request('/healthz', { headers: { host: 'evil.example:4400' } })
    expect(response.status).toBe(403)
    for (const host of ['localhost:4400', '127.0.0.1:4400', '[::1]:4400', 'LOCALHOST']) {
      expect([host, (await appWith().request('/healthz', { headers: { host } })).status]).toEqual([host, 200])
    }
  })

  test('carries security headers', async () => {
    const { headers } = await appWith().request('/healthz', { headers: { host: 'localhost' } })
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
  })

  test('a page may have the one style of ours, told by its hash, and nothing else', async () => {
    const response = await appWith().request('/login', { headers: { host: 'localhost' } })
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).not.toContain('unsafe-inline')
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(await response.text()) ?? []
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(policy).toContain("default-src 'none'")
  })

  test('no answer may be kept: data, problems, pages and the document alike', async () => {
    const app = appWith({ engine: { pipelines: async () => [] } })
    for (const path of ['/api/v1/pipelines', '/api/v1/nope', '/login', '/', '/healthz', '/api/openapi.json', '/nope']) {
      const response = await app.request(path, { headers: token })
      expect([path, response.headers.get('cache-control')]).toEqual([path, 'no-store'])
    }
  })

  test('a method that a path does not take is 405 and names those that it takes', async () => {
    const ask = async (method: string, path: string, headers: Record<string, string> = token) => {
      const response = await appWith().request(path, { method, headers })
      return [response.status, response.headers.get('allow')]
    }
    expect(await ask('PUT', '/api/v1/pipelines/x')).toEqual([405, 'GET, HEAD, PATCH'])
    expect(await ask('DELETE', '/healthz', { host: 'localhost' })).toEqual([405, 'GET, HEAD'])
    expect(await ask('PUT', '/login', { host: 'localhost' })).toEqual([405, 'GET, HEAD, POST'])
    expect(await ask('OPTIONS', '/api/v1/runs')).toEqual([405, 'GET, HEAD'])
    expect(await ask('PUT', '/api/v1/nope')).toEqual([404, null])
    // Who may not ask learns nothing of what is there.
    expect(await ask('PUT', '/api/v1/pipelines/x', { host: 'localhost' })).toEqual([401, null])
  })
})

describe('errors', () => {
  test('an unknown path below /api is a 404 problem, not a page', async () => {
    const response = await appWith().request('/api/nothing', { headers: token })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not_found', type: 'urn:sluice:error:not_found', next: expect.any(String) })
  })

  test.each(['/nope', '/login/nope', '/apinope'])('%s is a 404 problem, for whoever asks', async (path) => {
    const [known, anonymous, wrong] = await Promise.all(
      [token, { host: 'localhost' }, { host: 'localhost', authorization: 'Bearer nonsense' }].map(
        async (headers) => await appWith().request(path, { headers }),
      ),
    )
    expect([known?.status, anonymous?.status, wrong?.status]).toEqual([404, 404, 404])
    expect(anonymous?.headers.get('content-type')).toBe('application/problem+json')
    expect(await anonymous?.json()).toEqual(await known?.json())
  })

  test.each(['/api/v1/nope', '/api/nope', '/API/v1/nope'])('%s is 404 to those who are known alone', async (path) => {
    const statusOf = async (headers: Record<string, string>) => (await appWith().request(path, { headers })).status
    expect([await statusOf(token), await statusOf({ host: 'localhost' })]).toEqual([404, 401])
  })

  test('a browser gets a page for an unknown path, which says nothing of what it asked for', async () => {
    const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', host: 'localhost' }
    const response = await appWith().request('/nope<script>', { headers: html })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
    const text = await response.text()
    expect(text).toContain('There is nothing at this address.')
    expect(text).not.toMatch(/nope|\/api\//)
    const ofApi = await appWith().request('/api/nope', { headers: { ...token, accept: html.accept } })
    expect(ofApi.headers.get('content-type')).toBe('application/problem+json')
    expect((await appWith().request('/nope', { headers: { ...html, host: 'evil.example' } })).status).toBe(403)
  })

  test('an error has the members that the document gives a problem, and no others', async () => {
    const response = await appWith().request('/api/nothing', { headers: token })
    expect(new Set(Object.keys((await response.json()) as object))).toEqual(new Set(Object.keys(problemSchema.shape)))
  })

  test('bad input names every wrong field', async () => {
    const response = await appWith().request('/api/v1/runs?limit=0&state=asleep', { headers: token })
    expect(response.status).toBe(400)
    const problem = (await response.json()) as { facts: { faults: { field: string }[] } }
    expect(new Set(problem.facts.faults.map(({ field }) => field))).toEqual(new Set(['limit', 'state']))
  })

  test.each([
    '/api/v1/runs/a%00b',
    '/api/v1/pipelines/%00',
    '/api/v1/runs?pipeline=%00',
    '/api/v1/runs?cursor=%00',
    '/login?code=%00',
    '/api/v1/runs/%ff',
    '/%zz',
  ])('%s is not text, and a bad request', async (path) => {
    const response = await appWith().request(path, { headers: token })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'request.invalid'])
  })

  test.each([
    ['/api/v1/runs', ['x', '{}', '-1', '~', 'MX26BH0RTYHE', '%27']],
    ['/api/v1/ledger', ['{}', 'x', '-1', '1.5', '9'.repeat(19), '0x1']],
    ['/api/v1/backfills', ['x', '{}', '-1', '1e3', '9'.repeat(30)]],
    ['/api/v1/runs/mx26bh0rtyhe', ['x', '1', '1.x', '{}', '9'.repeat(30)]],
  ])('a cursor that %s never gave is a bad request, and not a place in the list', async (path, cursors) => {
    for (const cursor of cursors) {
      const response = await appWith().request(`${path}?cursor=${cursor}`, { headers: token })
      expect([cursor, response.status]).toEqual([cursor, 400])
      expect(await response.json()).toMatchObject({ facts: { faults: [{ field: 'cursor' }] } })
    }
  })

  test('NUL in a body, and nesting without end, are bad requests that name the place', async () => {
    const send = async (body: string) => {
      const headers = { ...token, 'content-type': 'application/json' }
      const response = await appWith().request('/api/v1/pipelines/x/runs', { method: 'POST', headers, body })
      return [response.status, ((await response.json()) as { detail: string }).detail]
    }
    expect(await send('{"params":{"note":"a\\u0000b"}}')).toEqual([400, 'params.note holds a NUL character'])
    expect(await send('{"params":{"a\\u0000":1}}')).toEqual([400, 'params has a name that holds a NUL character'])
    expect(await send(`{"params":{"deep":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`)).toEqual([
      400,
      'params.deep.0 is nested deeper than 100 levels',
    ])
    const login = await appWith().request('/login', {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/json' },
      body: '{"username":"a\\u0000","password":"correct horse battery"}',
    })
    expect(login.status).toBe(400)
  })

  test('a body of more than 1 MB is refused on every route that takes one, and not read of who may not send it', async () => {
    const app = appWith()
    const takers = operationsOf(await documentOf(app)).filter(({ operation }) => 'requestBody' in operation)
    expect(takers.length).toBeGreaterThan(10)
    for (const { path, method } of takers) {
      const ask = async (headers: Record<string, string>) => {
        const body = JSON.stringify({ sql: 'x'.repeat(1_048_576) })
        const init = { method: method.toUpperCase(), headers: { 'content-type': 'application/json', ...headers }, body }
        const response = await app.request(path.replaceAll(/\{\w+\}/g, 'x'), init)
        return [path, response.status]
      }
      expect(await ask(token)).toEqual([path, 413])
      if (path.startsWith('/api/')) expect(await ask({ host: 'localhost' })).toEqual([path, 401])
    }
  })

  test('who opens an address of the API in a browser sees a page; what a page or a program asks for stays JSON', async () => {
    const app = appWith({ engine: { pipelines: async () => [{ name: '<b>' }] as never } }, { verifyAnswers: false })
    const opened = { ...token, accept: 'text/html', 'sec-fetch-dest': 'document' }
    const data = await app.request('/api/v1/pipelines', { headers: opened })
    expect([data.status, data.headers.get('content-type'), await data.text()]).toEqual([
      200,
      'text/html; charset=UTF-8',
      expect.stringContaining('&#60;b&#62;'),
    ])
    const problem = await app.request('/api/v1/<i>', { headers: opened })
    const text = await problem.text()
    expect([problem.status, text]).toEqual([404, expect.stringMatching(/role="alert"[\s\S]*not_found/)])
    expect(text).not.toContain('<i>')
    const { host, 'sec-fetch-dest': dest, accept } = opened
    const anonymous = await app.request('/api/v1/runs', { headers: { host, 'sec-fetch-dest': dest, accept } })
    expect([anonymous.status, await anonymous.text()]).toEqual([401, expect.stringContaining('Sign in</a>')])
    const foreign = await app.request('/login', { headers: { host: 'evil.example', accept: 'text/html' } })
    expect([foreign.status, foreign.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8'])
    expect((await app.request('/api/v1/pipelines', { headers: { ...token, accept: 'text/html' } })).headers.get('content-type')).toBe(
      'application/json',
    )
  })

  test('a file of JSON that a browser downloads stays a file, and is passed on as it comes', async () => {
    async function* rows(): AsyncGenerator<string> {
      yield '[{"id":1}'
      throw new Error('the source broke')
    }
    const lakes = { of: async () => ({ file: async () => rows() }) as never }
    const opened = { ...token, accept: 'text/html', 'sec-fetch-dest': 'document' }
    const response = await appWith({ lakes }).request('/api/v1/lake/rows?dataset=silver.assets', { headers: opened })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('[{"id":1}')
    await expect(reader?.read()).rejects.toThrow('the source broke')
  })

  test('HEAD of a stream holds nothing: the next questions have their turns', async () => {
    let open = 0
    async function* rows(): AsyncGenerator<string> {
      open++
      try {
        for (;;) yield 'row\n'
      } finally {
        open--
      }
    }
    const lakes = { of: async () => ({ file: async () => rows() }) as never }
    const app = appWith({ lakes }, { turns: { all: 1, kept: 0, each: 1, waiting: 1, waitingMs: 600_000 } })
    for (let n = 0; n < 3; n++) {
      const response = await app.request('/api/v1/lake/rows?dataset=silver.assets', { method: 'HEAD', headers: token })
      expect([response.status, response.body]).toEqual([200, null])
    }
    await expect.poll(() => open).toBe(0)
  })

  test('a body that is not JSON is the caller’s fault', async () => {
    const response = await appWith().request('/api/v1/pipelines/x', {
      method: 'PATCH',
      headers: { ...token, 'content-type': 'application/json' },
      body: '{',
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'request.invalid'])
  })

  test.each(
    (
      [
        [notFound, 404],
        [inputErrors.invalid, 422],
        [requestErrors.invalid, 400],
        [diskErrors.full, 503],
        [lockErrors.held, 409],
        [bugErrors.unreachable, 500],
        [qualityErrors.failed, 422],
      ] satisfies [ErrorDefinition, number][]
    ).map(([error, status]) => [error.code, status, error] as const),
  )('%s answers %i and keeps code, kind, facts and next', async (code, status, error) => {
    const app = appWith({
      engine: {
        run: () => {
          throw error('words', { facts: { run: '9' }, next: 'Do this.' })
        },
      },
    })
    const response = await app.request('/api/v1/runs/9', { headers: token })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, kind: error.kind, detail: 'words', facts: { run: '9' }, next: 'Do this.', status })
  })

  test('a stranger’s error shows nothing of itself to the caller and all to the log', async () => {
    const seen: unknown[] = []
    const error = new TypeError('password=hunter2')
    const app = appWith({ engine: { run: () => Promise.reject(error) } }, { onError: (thrown) => seen.push(thrown) })
    const response = await app.request('/api/v1/runs/9', { headers: token })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('hunter2')
    expect(seen).toEqual([error])
  })

  test('an answer that does not keep to its schema is noticed by the tests', async () => {
    const app = appWith({ engine: { run: async () => ({ ...aRunDetail, state: 'asleep' }) as never } })
    expect((await app.request('/api/v1/runs/7', { headers: token })).status).toBe(500)
  })
})

describe('the client in process', () => {
  const clientOf = (given: Parameters<typeof servicesWith>[0]) => createClient(inProcessTransport(appWith(given)))

  test('needs no token and passes filters typed', async () => {
    let asked: RunFilter | undefined
    const client = clientOf({
      engine: {
        runs: async (filter) => {
          asked = filter
          return { items: [aRun], next: 'more' }
        },
      },
    })
    expect(await client.runs.list({ query: { pipeline: 'sales', limit: 5, state: undefined } })).toEqual({ items: [aRun], next: 'more' })
    expect(asked).toEqual({ pipeline: 'sales', limit: 5 })
  })

  test('throws the error the server threw, with code, facts and what was perhaps meant', async () => {
    const client = clientOf({
      engine: {
        pipeline: () => {
          throw notFound('there is no pipeline slaes', { facts: { pipeline: 'slaes' }, next: 'List them.' })
        },
        pipelines: async () => [{ name: 'sales' }] as never,
      },
    })
    await expect(client.pipelines.show({ params: { pipeline: 'slaes' } })).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'not_found',
      facts: { pipeline: 'slaes', near: ['sales'] },
      next: 'Did you mean sales?',
    })
  })

  test('sends times as text and numbers alike', async () => {
    const client = clientOf({
      engine: { backfill: async (_, interval) => ({ id: 3, created: [interval.start], existing: [interval.end] }) },
    })
    const answer = await client.pipelines.backfill({ params: { pipeline: 'sales' }, body: { start: '2026-11-21', end: 1_795_228_200_000 } })
    expect(answer).toEqual({ id: 3, created: [Date.UTC(2026, 10, 21)], existing: [1_795_228_200_000] })
    await expect(client.pipelines.backfill({ params: { pipeline: 'sales' }, body: { start: 'yesterday', end: 0 } })).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('waits for a run and tells of its changes', async () => {
    const ended = { ...aRunDetail, state: 'success', endedAt: 1 } as const
    const states: string[] = []
    const client = clientOf({
      engine: {
        run: async () => aRunDetail,
        waitForRun: async (_, options) => {
          options?.onProgress?.(aRunDetail)
          await new Promise((resolve) => setImmediate(resolve))
          return ended
        },
      },
    })
    const run = await client.runs.wait('7', { onProgress: ({ state }) => states.push(state) })
    expect(run).toEqual(ended)
    expect(states).toEqual(['running', 'success'])
  })

  test('may read any path of the machine, which a token may not', async () => {
    const lakes = {
      folder: async () =>
        (async function* () {
          yield new TextEncoder().encode('[]')
        })(),
    }
    const stream = await clientOf({ lakes }).lake.read({ query: { path: '/data/table' } })
    expect(await new Response(stream).text()).toBe('[]')
    const remote = await appWith({ lakes }).request('/api/v1/lake/rows?path=/data/table', { headers: token })
    expect(remote.status).toBe(403)
  })
})
