import { type LandedPage, type RestSource, restSource } from '@sluice/author'
import { productAt, type ShopOptions, start } from '@sluice/simulator-shop'
import { expect, test } from 'vitest'
import { createHttpClient } from '../http/client.ts'
import { clockOf, codeOf, idsOf, interval, orders, pull, size } from './drive.cases.ts'
import { restPages } from './drive.ts'
import type { NothingNew, RestPull } from './pull.ts'

test.each<readonly [string, object]>([
  ['page numbers', { pages: { by: 'page', size: { param: 'per_page', rows: 50 }, pages: '$.pages' } }],
  ['page numbers until one is empty', { pages: { by: 'page', size: { param: 'per_page', rows: 50 } } }],
  ['offsets', { pages: { by: 'offset', size, total: '$.total' } }],
  ['cursors', { pages: { by: 'cursor', at: '$.next_cursor', size } }],
  ['cursors of a header', { pages: { by: 'cursor', at: { header: 'X-Next-Cursor' }, size } }],
  ['URLs of the next page', { pages: { by: 'next', at: '$.next' } }],
  ['the header Link', { pages: { by: 'link' } }],
  [
    'cursors in a body',
    {
      path: '/orders/search',
      body: { page: { limit: 50 } },
      pages: { by: 'cursor', at: '$.next_cursor', param: 'page.cursor', in: 'body' },
    },
  ],
])('each order comes once, by %s', async (_, more) => {
  await using shop = await start({ seed: 7 })
  const pulled = await pull(shop, orders(more))
  expect(pulled.error).toBeUndefined()
  expect(idsOf(pulled)).toEqual(shop.orders().map(({ id }) => id))
  expect(pulled.told).toMatchObject({ source: 'orders', rows: 230, requests: pulled.pages.length })
  expect(pulled.pages.every(({ request }) => request.startsWith(`${'body' in more ? 'POST' : 'GET'} ${shop.url}`))).toBe(true)
})

test('while orders come in, none is missed; those that stood at the edge of a page come twice', async () => {
  await using shop = await start({ seed: 7, moving: 3 })
  const there = shop.orders().map(({ id }) => id)
  const pulled = await pull(shop, orders({ pages: { by: 'offset', size } }))
  const read = new Set(idsOf(pulled))
  expect(there.filter((id) => !read.has(id))).toEqual([])
  expect(idsOf(pulled).length).toBeGreaterThan(read.size)
})

test.each([
  ['JSON cut off', { kind: 'truncated', how: 'length', skip: 1 }, 'source.malformed', 2],
  ['a cut connection', { kind: 'truncated', how: 'connection', skip: 1 }, 'source.network', 1],
  ['a page of maintenance', { kind: 'html', skip: 1 }, 'source.html', 1],
  ['500 for good', { kind: 'server_error', skip: 1 }, 'source.server_error', 1],
  ['a rate limit', { kind: 'rate_limited', retryAfter: 99_999, skip: 1 }, 'source.rate_limited', 1],
  ['a refused key', { kind: 'unauthorized', skip: 1 }, 'source.unauthorized', 1],
] as const)('%s ends the pull as its class says, and what came is handed on to be kept', async (_, fault, code, handedOn) => {
  await using shop = await start({ faults: [fault] })
  const pulled = await pull(shop, orders({ pages: { by: 'offset', size } }))
  expect([codeOf(pulled.error), pulled.bodies.length]).toEqual([code, handedOn])
})

test('a burst of failures and a slow answer are bridged', async () => {
  await using shop = await start({
    faults: [
      { kind: 'server_error', status: 502, skip: 1, times: 2 },
      { kind: 'timeout', answerAfterMs: 20, times: 1 },
      { kind: 'rate_limited', retryAfter: 1, times: 1 },
    ],
  })
  const pulled = await pull(shop, orders({ pages: { by: 'page' } }))
  expect([pulled.error, idsOf(pulled).length]).toEqual([undefined, 230])
})

test('an answer without its rows is refused with the path, and handed on first', async () => {
  await using shop = await start()
  const pulled = await pull(shop, orders({ rows: '$.items[*]' }))
  expect(pulled.error).toMatchObject({
    code: 'source.schema',
    message: 'orders: there are no rows at $.items[*]',
    facts: { found: 'nothing' },
  })
  expect(pulled.bodies).toHaveLength(1)
})

const ids = (list: readonly string[], more: object = {}) => ({ list, atOnce: 16, ...more })
const code = { at: '$.status.error_code', message: '$.status.error_message', good: [0] } as const
const products = (more: object) =>
  restSource({ name: 'products', connection: 'shop', path: '/products', query: { ids: '{ids}' }, rows: '$.data', code, ...more } as never)
const all = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => productAt(1, index).id)
/** The driver is given the ids; the list of the declaration stands for a dataset. */
const asked = (list: readonly string[]): Partial<RestPull> => ({ ids: list })

test('one bad id spoils its chunk alone: it is found by halves, told with its reason, and every other one is fetched', async () => {
  await using shop = await start({ badProducts: [5, 33] })
  const list = [...all(40), '7']
  const pulled = await pull(shop, products({ ids: ids(list) }), asked(list))
  expect(pulled.error).toBeUndefined()
  const fetched = pulled.bodies.flatMap((body) => Object.keys((JSON.parse(body) as { readonly data: object }).data))
  expect([...fetched].sort()).toEqual(
    all(40)
      .filter((_, index) => index !== 5 && index !== 33)
      .sort(),
  )
  expect(pulled.told.ids).toMatchObject({
    ...{ asked: 41, fetched: 38, missing: ['7'], missingCount: 1, failedCount: 2 },
    failed: [5, 33].map((index) => ({ id: productAt(1, index).id, why: expect.stringMatching(/code 400: Invalid value for "ids"/) })),
  })
  expect(pulled.lines).toContainEqual(expect.stringMatching(`the id ${productAt(1, 5).id} failed`))
  expect(pulled.lines).toContainEqual('no row answers the id 7')
})

test('an id by itself that is not found is told, and the others go on', async () => {
  await using shop = await start({ badProducts: [1] })
  const list = all(3)
  const one = restSource({ name: 'product', connection: 'shop', path: '/products/{id}', rows: '$', ids: { list } })
  const pulled = await pull(shop, one, asked(list))
  expect(pulled.bodies.map((body) => (JSON.parse(body) as { readonly id: string }).id)).toEqual([list[0], list[2]])
  expect(pulled.told.ids).toMatchObject({ asked: 3, fetched: 2, failed: [{ id: list[1], why: expect.stringMatching(/404/) }] })
})

test('more bad ids than allowed fail the pull, and a service that is down is none of the ids', async () => {
  await using shop = await start({ badProducts: [0, 1, 2] })
  const list = all(4)
  const pulled = await pull(shop, products({ ids: ids(list) }), asked(list))
  expect(pulled.error).toMatchObject({ code: 'source.items_failed', facts: { asked: 4, failed: 3, share: 0.5 } })
  expect((await pull(shop, products({ ids: ids(list, { fail: 1 }) }), asked(list))).error).toBeUndefined()
  shop.setFaults([{ kind: 'server_error', skip: 1 }])
  const down = await pull(shop, products({ ids: ids(all(40), { atOnce: 4 }) }), asked(all(40)))
  expect(codeOf(down.error)).toBe('source.server_error')
})

test('a chunk that a service cannot answer is told, and the others go on', async () => {
  await using shop = await start({ faults: [{ kind: 'server_error', skip: 1, times: 3 }] })
  const list = all(40)
  const pulled = await pull(shop, products({ ids: ids(list, { atOnce: 8 }) }), asked(list))
  expect(pulled.error).toBeUndefined()
  expect(pulled.told.ids).toMatchObject({ asked: 40, fetched: 32, failedCount: 8 })
})

test('a code in the body is an error whatever the status: what passes is asked again, what does not is handed on and ends', async () => {
  await using shop = await start()
  const list = all(2)
  const strict = (more: object): RestSource => products({ ids: ids(list), code: { ...code, good: [1], ...more } })
  const refused = await pull(shop, strict({}), asked(list))
  expect([codeOf(refused.error), refused.bodies.length]).toEqual(['source.answer_refused', 1])
  expect((refused.error as Error).message).toBe('products answers with the code 0')
  const before = shop.requests().length
  const again = await pull(shop, strict({ again: ['0'], after: '1m' }), asked(list))
  expect([codeOf(again.error), shop.requests().length - before]).toEqual(['source.answer_failed', 4])
  expect(again.error).toMatchObject({ kind: 'retryable', retryAfterMs: 60_000 })
  const nothing = await pull(shop, strict({ nothing: [0] }), asked(list))
  expect([nothing.error, nothing.bodies.length]).toEqual([undefined, 1])
})

test('no answer is asked for where there is no id, and a status may stand for nothing', async () => {
  await using shop = await start()
  expect((await pull(shop, products({ ids: ids(['x']) }), asked([]))).error).toMatchObject({
    name: 'SluiceNothingNew',
    message: 'there is no id to ask for',
  })
  expect(shop.requests()).toEqual([])
  const gone = restSource({ name: 'gone', connection: 'shop', path: '/nowhere', nothing: [404] })
  expect((await pull(shop, gone)).error).toMatchObject({ message: 'the source has nothing (404)' })
})

test('a status that stands for nothing is no failure of an id: it is missing, and where all are, nothing is landed', async () => {
  await using shop = await start({ badProducts: [0, 1] })
  const list = all(3)
  const one = restSource({ name: 'product', connection: 'shop', path: '/products/{id}', rows: '$', nothing: [404], ids: { list } })
  const pulled = await pull(shop, one, asked(list))
  expect(pulled.error).toBeUndefined()
  expect(pulled.told.ids).toMatchObject({ asked: 3, fetched: 1, missing: list.slice(0, 2), failedCount: 0 })
  const none = await pull(shop, one, asked(list.slice(0, 2)))
  expect([none.bodies, (none.error as NothingNew).message]).toEqual([[], 'the source has nothing of the ids'])
})

test('answers that are not looked into stream past, whatever they are and however long the listing', async () => {
  await using shop = await start()
  const raw = restSource({ name: 'orders', connection: 'shop', path: '/orders', pages: { by: 'link' } })
  const pulled = await pull(shop, raw)
  expect(pulled.pages.every(({ body }) => typeof body !== 'string')).toBe(true)
  expect([pulled.error, idsOf(pulled).length, pulled.told.rows]).toEqual([undefined, 230, undefined])
})

test('an answer that has not changed is not landed again; a changed one is, and one of another request', async () => {
  await using shop = await start()
  const rates = (more: object = {}) => restSource({ name: 'rates', connection: 'shop', path: '/rates', conditional: true, ...more })
  const first = await pull(shop, rates())
  expect(first.told).toMatchObject({ etag: expect.stringMatching(/^"/), requests: 1 })
  const same = await pull(shop, rates(), { before: first.told })
  expect([same.bodies, (same.error as NothingNew).message]).toEqual([[], 'not modified (304)'])
  expect((await pull(shop, rates({ query: { a: 1 } }), { before: first.told })).bodies).toHaveLength(1)
  shop.changeRates()
  const other = await pull(shop, rates(), { before: first.told })
  expect([other.bodies.length, other.told.etag === first.told.etag]).toEqual([1, false])
})

test('a row that says the year 9999 is landed and told, and the next run begins at the greatest time of the others', async () => {
  const faults = [{ kind: 'absurd_values', fields: ['updated_at'], every: 90, value: '9999-12-31T00:00:00Z' }] as const
  await using shop = await start({ faults })
  const from = orders({
    pages: { by: 'offset', size, total: '$.total' },
    query: { since: '{since}' },
    incremental: { by: 'greatest', at: '$.updated_at' },
  })
  const first = await pull(shop, from)
  expect(first.told).toMatchObject({ rows: 230, greatest: expect.stringMatching(/^20/) })
  expect(first.lines).toContainEqual(expect.stringMatching(/rows? says? \$\.updated_at up to 9999-12-31T00:00:00Z, more than 1d ahead/))
  shop.setFaults([])
  expect((await pull(shop, from, { before: first.told })).told.since).toBe(first.told.greatest)
})

test('a run asks for its interval, or from the greatest value that was landed, less the overlap', async () => {
  await using shop = await start()
  const query = { updated_since: '{since}', updated_until: '{until}' }
  const ofDay = await pull(shop, orders({ query, incremental: { by: 'interval' }, pages: { by: 'link' } }))
  const day = shop.orders().filter(({ updated_at: at }) => at >= '2026-01-02' && at < '2026-01-03')
  expect(idsOf(ofDay)).toEqual(day.map(({ id }) => id))
  expect(ofDay.told).toMatchObject({ since: '2026-01-02T00:00:00.000Z', until: '2026-01-03T00:00:00.000Z' })
  const newest = orders({
    query: { updated_since: '{since}' },
    incremental: { by: 'greatest', at: '$.updated_at', overlap: '1h' },
    pages: { by: 'link' },
  })
  const first = await pull(shop, newest)
  const greatest =
    shop
      .orders()
      .map(({ updated_at: at }) => at)
      .sort()
      .at(-1) ?? ''
  expect(first.told).toMatchObject({ greatest, rows: 230 })
  const next = await pull(shop, newest, { before: first.told })
  const from = new Date(Date.parse(greatest) - 3_600_000).toISOString()
  expect(next.told).toMatchObject({ since: from, greatest })
  expect(idsOf(next)).toEqual(
    shop
      .orders()
      .filter(({ updated_at: at }) => at >= from)
      .map(({ id }) => id),
  )
})

test('the budget is asked before the first call, and where it must be spared fewer rows are asked for', async () => {
  await using shop = await start()
  let admissions = 0
  const purse = (degraded: boolean) => ({
    tariff: { perCall: 3, bytesPerCredit: 1e9 },
    admit: async () => {
      admissions++
      return { degraded }
    },
  })
  const source = orders({ budget: 'shop', pages: { by: 'offset', size }, most: { rows: 120, spared: 20 } })
  const { pages } = restPages({ ...given, source, purse: purse(false) })
  expect([admissions, pages]).toEqual([0, expect.anything()])
  expect(idsOf(await pull(shop, source, { purse: purse(false) }))).toHaveLength(120)
  const spared = await pull(shop, source, { purse: purse(true) })
  expect([idsOf(spared).length, admissions]).toEqual([20, 2])
  const costs = ({ credits }: LandedPage): number => (typeof credits === 'function' ? credits(10) : (credits ?? 0))
  expect(spared.pages.map(costs)).toEqual([4])
  const list = all(20)
  const said = await pull(shop, products({ ids: ids(list), budget: 'shop', credits: '$.status.credit_count' }), {
    ...asked(list),
    purse: purse(false),
  })
  expect(said.pages.map(costs)).toEqual([1, 1])
})

const given: RestPull = {
  ...{ source: orders({}), interval, pause: async () => {}, log: { debug() {}, info() {}, warn() {}, error() {} } },
  connection: { name: 'shop', type: 'http', url: 'http://127.0.0.1:1/v1', token: undefined },
  http: { request: async () => Promise.reject(new Error('asked')) },
}

test.each<readonly [string, ShopOptions['limit']]>([
  ['Retry-After', { calls: 2, perMs: 1_000, headers: 'retry-after' }],
  ['X-RateLimit-*', { calls: 2, perMs: 1_000, headers: 'x-ratelimit' }],
  ['the drafts of the IETF', { calls: 2, perMs: 1_000, headers: 'ratelimit' }],
  ['the structured header of the drafts', { calls: 2, perMs: 1_000, headers: 'structured' }],
])('a limit that a service tells by %s is waited out, and no request is refused where it tells before', async (how, limit) => {
  const clock = { now: Date.now() }
  await using shop = await start({ limit, now: () => clock.now } as ShopOptions)
  const log = given.log
  const http = createHttpClient({ log, ...clockOf(clock) })
  const pulled = await pull(shop, orders({ pages: { by: 'offset', size, total: '$.total' } }), { http })
  expect([pulled.error, idsOf(pulled).length]).toEqual([undefined, 230])
  if (how !== 'Retry-After' && how !== 'X-RateLimit-*') expect(shop.limit().refused).toBe(0)
})
