import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { restSource } from '@sluice/author'
import { productAt, type ShopSimulator, start } from '@sluice/simulator-shop'
import { expect, test } from 'vitest'
import { codeOf, connectionOf, idsOf, orders, pull, rowsOf, size } from './drive.cases.ts'

const all = (shop: ShopSimulator): readonly number[] => shop.orders().map(({ id }) => id)
const perPage = { param: 'per_page', rows: 50 }

test.each<readonly [string, object]>([
  ['cursors', { by: 'cursor', at: '$.next_cursor', size }],
  ['URLs', { by: 'next', at: '$.next' }],
  ['links', { by: 'link', size }],
])('a listing whose %s lead back for ever is ended, after as many requests as it has places', async (_, pages) => {
  await using shop = await start({ odd: 'circle' })
  const pulled = await pull(shop, orders({ pages }))
  expect(codeOf(pulled.error)).toBe('source.endless')
  expect(pulled.bodies).toHaveLength(2)
})

test.each<readonly [string, object]>([
  ['cursors', { by: 'cursor', at: '$.next_cursor', size }],
  ['the number of pages', { by: 'page', size: perPage, pages: '$.pages' }],
  ['the total, page by page', { by: 'page', size: perPage, total: '$.total' }],
  ['a word that more come, page by page', { by: 'page', size: perPage, more: '$.has_more' }],
  ['the total, by offset', { by: 'offset', size, total: '$.total' }],
  ['a word that more come, by offset', { by: 'offset', size, more: '$.has_more' }],
])('an empty page in the middle does not end a listing that goes on by %s', async (_, pages) => {
  await using shop = await start({ odd: 'hole' })
  const pulled = await pull(shop, orders({ pages }))
  expect(pulled.error).toBeUndefined()
  expect(idsOf(pulled)).toEqual(all(shop).filter((_, at) => at < 50 || at >= 100))
})

test('a listing that promises rows and has five empty pages in succession is refused', async () => {
  await using shop = await start({ faults: [{ kind: 'empty_list', skip: 1 }] })
  const pulled = await pull(shop, orders({ pages: { by: 'page', size: { param: 'per_page', rows: 10 }, more: '$.has_more' } }))
  expect(pulled.error).toMatchObject({ code: 'source.endless', message: expect.stringMatching(/5 pages in succession are empty, though/) })
})

test('a cursor that stays behind the last page ends the listing where the declaration says that empty pages do', async () => {
  await using shop = await start({ odd: 'cursor-stays' })
  const pages = { by: 'cursor', at: '$.next_cursor', size } as const
  expect(codeOf((await pull(shop, orders({ pages }))).error)).toBe('source.endless')
  for (const way of [{ ends: 'empty' }, { more: '$.has_more' }]) {
    const pulled = await pull(shop, orders({ pages: { ...pages, ...way } }))
    expect([pulled.error, idsOf(pulled)]).toEqual([undefined, all(shop)])
  }
})

test.each<readonly [string, object]>([
  ['total-once', { by: 'page', size: perPage, total: '$.total' }],
  ['total-once', { by: 'page', size: perPage, pages: '$.pages' }],
  ['total-once', { by: 'offset', size, total: '$.total' }],
  ['total-as-text', { by: 'page', size: perPage, total: '$.total' }],
  ['total-as-text', { by: 'page', size: perPage, more: '$.has_more' }],
  ['total-as-text', { by: 'offset', size, total: '$.total', more: '$.has_more' }],
] as const)('each order comes once where what is said of the whole is odd: %s (%#)', async (odd, pages) => {
  await using shop = await start({ odd: odd as 'total-once' })
  const pulled = await pull(shop, orders({ pages }))
  expect([pulled.error, idsOf(pulled)]).toEqual([undefined, all(shop)])
})

test('a service that gives smaller pages than it is asked for is read to its end, by number and by offset', async () => {
  await using shop = await start({ orders: 450 })
  const large = 300
  for (const pages of [
    { by: 'page', size: { param: 'per_page', rows: large }, total: '$.total' },
    { by: 'offset', size: { param: 'limit', rows: large }, total: '$.total' },
  ]) {
    const pulled = await pull(shop, orders({ pages }))
    expect([pulled.error, idsOf(pulled)]).toEqual([undefined, all(shop)])
  }
})

test('null in the place of the rows is no rows, and a place that is not there is refused', async () => {
  await using shop = await start({ orders: 0, odd: 'null-rows' })
  const pulled = await pull(shop, orders({ pages: { by: 'page' } }))
  expect([pulled.error, pulled.bodies.length, pulled.told.rows]).toEqual([undefined, 1, 0])
  expect(codeOf((await pull(shop, orders({ rows: '$.nothing[*]' }))).error)).toBe('source.schema')
})

/** Another host, which keeps what it is sent. */
async function elsewhere(name = 'localhost') {
  const heard: { readonly url: string; readonly headers: object; readonly body: string; readonly method: string }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString('utf8')
    heard.push({ url: request.url ?? '', headers: request.headers, body, method: request.method ?? '' })
    response.setHeader('content-type', 'application/json').end('{"data":[],"next":null,"next_cursor":null}')
  })
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return { heard, host: `${name}:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

test.each<readonly [string, object]>([
  ['header', { tokenIn: { header: 'x-api-key' } }],
  ['query', { tokenIn: { query: 'api_key' } }],
  ['bearer', {}],
  ['basic', { token: undefined, auth: { kind: 'basic', user: 'shop', password: 'demo-key' } }],
  ['oauth', { token: undefined, auth: { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'shop', clientSecret: 'demo-key' } }],
] as const)('a next page on another host is refused, or asked for without what signs in by %s', async (signIn, more) => {
  await using other = await elsewhere()
  await using shop = await start({ signIn: signIn as 'query', linksTo: other.host })
  const headers = { 'x-own': 'own-{since}', authorization2: 'own' }
  const incremental = { by: 'greatest', at: '$.id', as: 'number', first: 1 }
  for (const pages of [{ by: 'next', at: '$.next' }, { by: 'link' }]) {
    const source = orders({ pages, headers, incremental })
    const refused = await pull(shop, source, { connection: { ...connectionOf(shop), ...more } })
    expect(refused.error).toMatchObject({ code: 'source.redirected', facts: { host: other.host } })
    expect(other.heard).toEqual([])
    const named = await pull(shop, source, { connection: { ...connectionOf(shop), ...more, redirects: ['localhost'] } })
    expect(named.error).toBeUndefined()
    expect(JSON.stringify(other.heard.splice(0))).not.toMatch(/demo-key|c2hvcDpkZW1vLWtleQ|authorization|x-own|api_key/i)
  }
})

test('a next page on another port of the host is a next page on another host', async () => {
  await using other = await elsewhere('127.0.0.1')
  await using shop = await start({ signIn: 'bearer', linksTo: other.host })
  for (const pages of [{ by: 'next', at: '$.next' }, { by: 'link' }]) {
    const source = orders({ pages, headers: { 'x-own': 'own' } })
    expect((await pull(shop, source)).error).toMatchObject({ code: 'source.redirected', facts: { host: other.host } })
    expect(other.heard).toEqual([])
    expect((await pull(shop, source, { connection: { ...connectionOf(shop), redirects: [other.host] } })).error).toBeUndefined()
    expect(other.heard).toHaveLength(1)
    expect(JSON.stringify(other.heard.splice(0))).not.toMatch(/demo-key|authorization|x-own/i)
  }
})

test.each(['a link', 'a redirect'])('%s that names a user within the host is followed as the connection signs in', async (by) => {
  const heard: (string | undefined)[] = []
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization)
    const next = `http://thief:pair@${request.headers.host}/more`
    if (request.url === '/more') response.end('{"data":[{"id":2}],"next":null}')
    else if (by === 'a redirect') response.writeHead(307, { location: next }).end()
    else response.end(JSON.stringify({ data: [{ id: 1 }], next }))
  })
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  try {
    await using shop = await start({})
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const connection = { ...connectionOf(shop), url, token: 'demo-key' }
    const pulled = await pull(shop, orders({ pages: { by: 'next', at: '$.next' } }), { connection })
    expect([pulled.error, idsOf(pulled).at(-1)]).toEqual([undefined, 2])
    expect(heard).toEqual(['Bearer demo-key', 'Bearer demo-key'])
  } finally {
    server.close()
  }
})

test('a URL of the next page is asked for as it is: no parameter of the source is added to it again', async () => {
  await using shop = await start({ orders: 120 })
  const pulled = await pull(shop, orders({ query: { updated_since: '2020-01-01', limit: 50 }, pages: { by: 'next', at: '$.next' } }))
  expect([pulled.error, idsOf(pulled)]).toEqual([undefined, all(shop)])
  for (const { query } of shop.requests()) {
    const names = [...new URLSearchParams(query).keys()]
    expect(names).toEqual([...new Set(names)])
  }
})

test('each id begins its own listing, from the same value on, whatever the one before it has had', async () => {
  await using shop = await start({ orders: 60 })
  const ids = ['a', 'b', 'c']
  const source = restSource({
    ...{ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]', ids: { list: ids } },
    query: { tag: '{id}', updated_since: '{since}' },
    pages: { by: 'page', size: { param: 'per_page', rows: 20 } },
    incremental: { by: 'greatest', at: '$.updated_at' },
  })
  const before = { source: 'orders', requests: 1, greatest: '2026-01-01T00:00:00.000Z' }
  const pulled = await pull(shop, source, { ids, before })
  expect([pulled.error, rowsOf(pulled).length]).toEqual([undefined, 180])
  const asked = shop.requests().map(({ query }) => Object.fromEntries(new URLSearchParams(query)))
  expect(asked.map(({ tag, page }) => `${tag}${page}`)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4', 'c1', 'c2', 'c3', 'c4'])
  expect(new Set(asked.map(({ updated_since: since }) => since))).toEqual(new Set(['2026-01-01T00:00:00.000Z']))
})

test('where an id is not answered for once, the next run begins where this one did: no row of it is passed over', async () => {
  await using shop = await start({ orders: 60 })
  const ids = ['a', 'b', 'c']
  const source = restSource({
    ...{ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]', ids: { list: ids } },
    ...{ query: { tag: '{id}', updated_since: '{since}' }, pages: { by: 'link' } },
    incremental: { by: 'greatest', at: '$.updated_at' },
  })
  const before = { source: 'orders', requests: 1, greatest: '2026-01-01T00:00:00.000Z' }
  const whole = await pull(shop, source, { ids, before })
  expect(whole.told.greatest).not.toBe(before.greatest)
  shop.setFaults([{ kind: 'server_error', times: 3 }])
  const first = await pull(shop, source, { ids })
  expect(first.told).toMatchObject({ ids: { fetched: 2, failedCount: 1 } })
  expect(first.told).not.toHaveProperty('greatest')
  shop.setFaults([{ kind: 'server_error', times: 3 }])
  const later = await pull(shop, source, { ids, before })
  expect(later.told).toMatchObject({ greatest: before.greatest, ids: { fetched: 2, failedCount: 1 } })
  expect(later.lines).toContainEqual(expect.stringMatching(/did not answer for 1 id: the next run begins where this one did/))
})

test.each([204, 404])('a status that stands for nothing is asked for once, and needs no body: %d', async (status) => {
  const server = createServer((_, response) => void response.writeHead(status).end())
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  await using shop = await start()
  const { port } = server.address() as AddressInfo
  const at = { ...connectionOf(shop), url: `http://127.0.0.1:${port}` }
  const nothing = await pull(shop, orders({ nothing: [404, 204] }), { connection: at })
  expect(nothing.error).toMatchObject({ message: `the source has nothing (${status})` })
  expect(nothing.lines).toEqual(['http request'])
  expect(codeOf((await pull(shop, orders({}), { connection: at })).error)).toBe(
    status === 204 ? 'source.no_content' : 'source.client_error',
  )
  server.close()
})

test('ids of 19 digits come back as they were sent', async () => {
  await using shop = await start({ products: 2 })
  const ids = [0, 1].map((at) => productAt(1, at).id)
  const source = restSource({
    name: 'p',
    connection: 'shop',
    path: '/products',
    query: { ids: '{ids}' },
    rows: '$.data',
    ids: { list: ids, atOnce: 2 },
  })
  expect((await pull(shop, source, { ids })).told.ids).toMatchObject({ asked: 2, fetched: 2 })
})

/** A service that answers its requests in turn, the last answer for ever. */
async function answering(...answers: readonly { readonly body: string; readonly link?: string }[]) {
  let asked = 0
  const server = createServer((_, response) => {
    const { body, link } = answers[Math.min(asked++, answers.length - 1)] ?? { body: '' }
    response.writeHead(200, { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shop = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'key' } as ShopSimulator
  return { shop, [Symbol.asyncDispose]: async () => void server.close() }
}

test.each<readonly [string, object, { readonly body: string; readonly link?: string }, string]>([
  ['a URL that is not one', { by: 'next', at: '$.next' }, { body: '{"data": [], "next": "http://["}' }, 'is not a URL'],
  ['a link that is not a URL', { by: 'link' }, { body: '{"data": []}', link: '<http://[>; rel=next' }, 'is not a URL'],
  ['an object for a URL', { by: 'next', at: '$.next' }, { body: '{"data": [], "next": {"href": "/2"}}' }, 'an object at $.next'],
  ['a list for a cursor', { by: 'cursor', at: '$.next' }, { body: '{"data": [], "next": ["x"]}' }, 'a list at $.next'],
])('a listing that goes on at %s is refused, and does not end there', async (_, pages, answer, message) => {
  await using service = await answering(answer)
  const { error } = await pull(service.shop, orders({ pages }))
  expect(error).toMatchObject({ code: 'source.schema', message: expect.stringContaining(message) })
})

test.each<readonly [string, object]>([
  ['-1', { by: 'page', size: perPage, total: '$.total' }],
  ['-1', { by: 'page', size: perPage, pages: '$.total' }],
  ['0', { by: 'offset', size: { param: 'limit', rows: 1 }, total: '$.total' }],
])('a total of %s beside rows says nothing (%#)', async (total, pages) => {
  const page = (rows: string) => ({ body: `{"data": [${rows}], "total": ${rows === '' ? -1 : total}}` })
  await using service = await answering(page('{"id": 1}'), page('{"id": 2}'), page(''))
  const pulled = await pull(service.shop, orders({ pages }))
  expect([pulled.error, idsOf(pulled)]).toEqual([undefined, [1, 2]])
})

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
test.each<readonly [string, object, string]>([
  ['of a listing by pages', { pages: { by: 'page', atMost: 3 } }, `{"data": [{"id": 1, "deep": ${deep}}]}`],
  [
    'beside a number of 20 digits',
    { incremental: { by: 'greatest', at: '$.id', as: 'seconds', first: '1' }, query: { since: '{since}' } },
    `{"data": [{"id": 12345678901234567890, "deep": ${deep}}]}`,
  ],
])('a row that is nested too deep %s is told as such', async (_, more, body) => {
  await using service = await answering({ body })
  const { error } = await pull(service.shop, orders(more))
  expect(error).toMatchObject({ code: 'source.schema', message: expect.stringContaining('nested too deep') })
})
