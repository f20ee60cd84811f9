import { expect, it } from 'vitest'
import * as author from '../index.ts'

const { dataset, pull, raw, restSource, sql, text } = author
/** As code sees it that no compiler has seen. */
const loose = (more: object): unknown => restSource({ name: 'orders', connection: 'shop', path: '/orders', ...more } as never)
const coins = dataset('silver.coins', { on: 'lake', columns: { id: text({ notNull: true }), name: text() }, key: ['id'] })
const table = dataset('public.coins', { on: 'warehouse', columns: { id: text() } })
const bodies = dataset('bronze.answers', { on: 'lake', bodies: raw() })
const size = { param: 'limit', rows: 100 }
const rows = '$.data[*]'
const listing = { rows, pages: { by: 'offset', size } }
const numbered = (more: object) => ({
  query: { since: '{since}' },
  rows,
  incremental: { by: 'greatest', at: '$.id', as: 'number', ...more },
})
/** A body that stands in itself. */
function round(): object {
  const body: Record<string, unknown> = {}
  body.of = { of: body }
  return body
}
const span = { query: { since: '{since}', until: '{until}' } }

it.each<readonly [string, object]>([
  ['there is no option "paging"', { paging: {} }],
  ['restSource "no name"', { name: 'no name' }],
  ['connection is undefined, which is not text', { connection: undefined }],
  ['path is 3, which is not text', { path: 3 }],
  ['method is "PUT"', { method: 'PUT' }],
  ['a GET has no body', { method: 'GET', body: {} }],
  ['query.a is null, which is not text, a number, true or false', { query: { a: null } }],
  ['headers.a is 1, which is not text', { headers: { a: 1 } }],
  ['body.a.1 is the function b', { body: { a: [1, function b() {}] } }],
  ['rows is "data", which is not a path', { rows: 'data' }],
  ['pages.by is "pages"', { pages: { by: 'pages' } }],
  ['there is no option "at". Write', { rows, pages: { by: 'page', at: '$.next' } }],
  ['pages.at is "$.next[*]", which is each element', { pages: { by: 'next', at: '$.next[*]' } }],
  ['pages.at: there is no option "heading"', { pages: { by: 'cursor', at: { heading: 'x' } } }],
  ['pages by offset do not say how many rows a page has', { rows, pages: { by: 'offset' } }],
  ['pages.size.rows is 0', { rows, pages: { by: 'offset', size: { param: 'limit', rows: 0 } } }],
  ['so that none goes on', { rows, pages: { by: 'offset', size, overlap: 100 } }],
  ['pages by page cannot be told without rows', { pages: { by: 'page' } }],
  ['pages do not say how many rows a full one has', { rows, pages: { by: 'page', ends: 'short' } }],
  ['pages by link are asked for by their URL', { pages: { by: 'link', in: 'body' } }],
  ['pages stand in a body that is not an object', { body: [], rows, pages: { by: 'page', in: 'body' } }],
  ['it asks for a span and does not say which', span],
  ['{since} stands nowhere', { incremental: { by: 'interval' } }],
  ['{until} stands nowhere', { query: { since: '{since}' }, incremental: { by: 'interval' } }],
  ['incremental by interval is written as number', { ...span, incremental: { by: 'interval', as: 'number' } }],
  ['there is no option "first"', { ...span, incremental: { by: 'interval', first: 1 } }],
  ['incremental: null is given for its options', { ...span, incremental: null }],
  ['incremental.overlap is Infinity', numbered({ overlap: Number.POSITIVE_INFINITY })],
  ['incremental.first is NaN', numbered({ first: Number.NaN })],
  ['incremental.first is "x"', numbered({ first: 'x' })],
  ['code.after: "soon" is not a duration', { code: { at: '$.code', good: [0], again: [1], after: 'soon' } }],
  ['code.after is of code.again', { code: { at: '$.code', good: [0], after: '5s' } }],
  ['which is a URL', { path: 'https://shop.example/orders' }],
  ['body.of.of holds itself', { body: round() }],
  ['most.spared is 20, more than the 10', { ...listing, budget: 'b', most: { rows: 10, spared: 20 } }],
  ['incremental.overlap: "ten" is not a duration', { ...span, incremental: { by: 'interval', overlap: 'ten' } }],
  ['incremental.overlap is "1h"', { ...span, rows, incremental: { by: 'greatest', at: '$.id', as: 'number', overlap: '1h' } }],
  ["incremental by 'greatest' cannot be told without rows", { ...span, incremental: { by: 'greatest', at: '$.id' } }],
  ['path has {slug}, which nothing gives a value to', { path: '/orders/{slug}' }],
  ['it asks by id and has none', { path: '/orders/{id}' }],
  ['its ids stand nowhere', { ids: { list: [1] } }],
  ['{id} is one id, and ids.atOnce asks for several', { path: '/orders/{id}', ids: { list: [1], atOnce: 2 } }],
  ['ids must come from one of list, from and query', { path: '/{id}', ids: {} }],
  ['a member of ids.list is "", which is not text or a whole number', { path: '/{id}', ids: { list: [''] } }],
  ['lake.silver.coins has no column "slug"', { path: '/{id}', ids: { from: coins, column: 'slug' } }],
  ['warehouse.public.coins is not in the lake', { path: '/{id}', ids: { from: table, column: 'id' } }],
  ['ids.query names lake.silver.coins, which ids.reads does not', { path: '/{id}', ids: { query: sql`select id from ${coins}` } }],
  ['ids.fail is 2', { path: '/{id}', ids: { list: [1], fail: 2 } }],
  ['ids.field cannot be told without rows', { path: '/{id}', ids: { list: [1], field: 'id' } }],
  ['a member of ids.spoiledBy is 200', { path: '/{id}', ids: { list: [1], spoiledBy: [200] } }],
  ['the code "0" means two things', { code: { at: '$.code', good: [0], again: ['0'] } }],
  ['code.spoils is of ids', { code: { at: '$.code', good: [0], spoils: [1] } }],
  ['code.good is undefined, which is not a list', { code: { at: '$.code' } }],
  ['a member of nothing is 99', { nothing: [99] }],
  ['conditional is for a source of one answer', { conditional: true, pages: { by: 'link' } }],
  ['conditional is "yes", which is not true or false', { conditional: 'yes' }],
  ['most goes by pages of a size', { most: { rows: 10 } }],
  ['most.rows is undefined', { most: {}, rows, pages: { by: 'offset', size } }],
  ['most.spared is of a budget', { most: { rows: 10, spared: 1 }, rows, pages: { by: 'offset', size } }],
  ['credits are of a budget', { credits: '$.cost' }],
])('refuses what cannot be: %s', (words, more) => {
  expect(refusalOf(() => loose(more))).toContain(words)
})

const refusalOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return `${(error as Error).message}. ${(error as { readonly next?: string }).next ?? ''}`
  }
  return 'nothing was refused'
}

it('reads the datasets that its ids come from, and so does the step that pulls it', () => {
  const source = restSource({
    name: 'info',
    connection: 'cmc',
    path: '/info',
    query: { id: '{ids}' },
    ids: { from: coins, column: 'id', atOnce: 100 },
  })
  expect(source.reads).toEqual([coins])
  expect(pull({ from: source, into: bodies })).toMatchObject({ name: 'pull_info', reads: [coins], fills: [bodies] })
  expect(source.ids?.of).toMatchObject({ query: { kind: 'sql' } })
  const chosen = restSource({
    ...{ name: 'chosen', connection: 'cmc', path: '/assets/{id}' },
    ids: { reads: [coins], query: sql`select id from ${coins} where name is null` },
  })
  expect(chosen.reads).toEqual([coins])
})

it('is a frozen value', () => {
  const source = restSource({ name: 'orders', connection: 'shop', path: '/orders', query: { a: 1 } })
  expect(Object.isFrozen(source) && Object.isFrozen(source.query)).toBe(true)
  expect(source).toMatchObject({ kind: 'rest-source', method: 'GET', nothing: [], conditional: false })
})

const { basicAuth, env, httpConnection, oauth, secret } = author
const url = env('SHOP_URL')
it.each<readonly [string, () => unknown]>([
  [
    'it has both a token and auth',
    () => httpConnection({ url, token: secret('A'), auth: basicAuth({ user: env('U'), password: secret('P') }) }),
  ],
  ['auth is an object, which is not basicAuth', () => httpConnection({ url, auth: { user: 'a' } as never })],
  ['limits say 0 calls', () => httpConnection({ url, limits: [{ calls: 0, per: '1m' }] })],
  ['so many calls per 0s', () => httpConnection({ url, limits: [{ calls: 1, per: '0s' }] })],
  ['"1 minute" is not a duration', () => httpConnection({ url, limits: [{ calls: 1, per: '1 minute' as never }] })],
  ['user is "ada", which is not a setting', () => basicAuth({ user: 'ada' as never, password: secret('P') })],
  ['clientSecret is "hush"', () => oauth({ tokenUrl: '/token', clientId: env('I'), clientSecret: 'hush' as never })],
  ['tokenUrl is "ftp://x"', () => oauth({ tokenUrl: 'ftp://x', clientId: env('I'), clientSecret: secret('S') })],
  ['params is', () => oauth({ tokenUrl: '/t', clientId: env('I'), clientSecret: secret('S'), params: { scope: 'all' } })],
  ['clientIn is "header"', () => oauth({ tokenUrl: '/t', clientId: env('I'), clientSecret: secret('S'), clientIn: 'header' as never })],
  [
    'there is no option "refreshtoken"',
    () => oauth({ tokenUrl: '/t', clientId: env('I'), clientSecret: secret('S'), refreshtoken: secret('R') } as never),
  ],
  [
    'it maps columns, and answers are landed as they come',
    () => pull({ from: restSource({ name: 'a', connection: 'b', path: '/' }), into: bodies, columns: { payload: 'x' } as never }),
  ],
  [
    'does not hold bodies, and a pull of an API lands its answers',
    () => pull({ from: restSource({ name: 'a', connection: 'b', path: '/' }), into: coins as never }),
  ],
])('refuses a connection or a pull that cannot be: %s', (words, work) => {
  expect(refusalOf(work)).toContain(words)
})
