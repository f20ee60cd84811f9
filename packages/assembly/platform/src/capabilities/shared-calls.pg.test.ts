import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Connection, type Logger, restSource } from '@sluice/author'
import { openEngine, openWorkerRole } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { type ShopSimulator, start } from '@sluice/simulator-shop'
import { createHttpClient } from '@sluice/sources'
import { type RestPull, restPages } from '@sluice/sources/rest'
import { holdsLimits } from '@sluice/sources/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Orders } from './pulling-worker.cases.ts'
import { type SharedCalls, sharedCalls } from './shared-calls.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
let database: TestDatabase
let pool: Pool
let workerUrl: string
const opened: SharedCalls[] = []

/** The calls of a project as one worker process sees them. */
function worker(project = 'shop'): SharedCalls {
  const shared = sharedCalls({ project, databaseUrl: workerUrl })
  opened.push(shared)
  return shared
}

beforeAll(async () => {
  database = await testDatabase()
  await (await openEngine(database.url)).close()
  pool = openPool(database.url, { max: 1 })
  workerUrl = (await openWorkerRole(database.url)).url
})
afterAll(async () => {
  for (const { close } of opened) await close()
  await pool.end()
  await database.drop()
})

/** The clock that calls are counted by, in the place of the real one. */
const setClock = (now: number) =>
  pool.query(`create or replace function sluice.call_clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp as $$
    select to_timestamp(${now}::float8 / 1000)
  $$`)
const realClock = () =>
  pool.query(`create or replace function sluice.call_clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp as $$
    select clock_timestamp();
  $$`)

test('two workers keep a limit together, by the same rule as one process does', async () => {
  let [turn, runs] = [0, 0]
  const workers = [worker(), worker()] as const
  try {
    await holdsLimits(async (now) => {
      await pool.query('truncate sluice.call')
      const project = ++runs
      const next = async () => {
        await setClock(now())
        return workers[turn++ % 2 === 0 ? 0 : 1].calls
      }
      return {
        begin: async (connection, limits) => await (await next()).begin(`${connection}-${project}`, limits),
        end: async (call) => await (await next()).end(call),
        hold: async (connection, ms) => await (await next()).hold(connection, ms),
      }
    }, 25)
  } finally {
    await realClock()
  }
})

/** Asks for all orders of a shop, as one worker does. */
async function pulls(shop: ShopSimulator, of: SharedCalls, connection: Partial<Connection>): Promise<number> {
  const source = restSource({
    ...{ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]' },
    pages: { by: 'offset', size: { param: 'limit', rows: 20 }, total: '$.total' },
  })
  const http = createHttpClient({ log: silent, ...of, maxWaitMs: 600_000, timeoutMs: 600_000 })
  const at: Connection = { name: 'shop', type: 'http', url: shop.url, token: shop.apiKey, ...connection }
  const pull: RestPull = { source, connection: at, http, log: silent, interval: { start: 0, end: 1 }, pause: async () => undefined }
  let rows = 0
  for await (const page of restPages(pull).pages) rows += (JSON.parse(String(page.body)) as { readonly data: unknown[] }).data.length
  return rows
}

test('pulls of several workers under one limit never exceed what the service allows in any span', async () => {
  await using shop = await start({ orders: 100, limit: { calls: 4, perMs: 300, headers: 'none' } })
  const limits = [{ calls: 4, per: '300ms' }] as const
  const rows = await Promise.all([worker(), worker(), worker()].map((each) => pulls(shop, each, { name: 'one-limit', limits })))
  expect(rows).toEqual([100, 100, 100])
  expect(shop.limit()).toMatchObject({ refused: 0, most: 4 })
})

test('the same pulls, each by a count of its own, exceed it: the service sees it', async () => {
  await using shop = await start({ orders: 100, limit: { calls: 4, perMs: 300, headers: 'retry-after' } })
  const limits = [{ calls: 4, per: '300ms' }] as const
  await Promise.all(['a', 'b', 'c'].map((name) => pulls(shop, worker(), { name: `own-limit-${name}`, limits })))
  expect(shop.limit().refused).toBeGreaterThan(0)
})

/** What a process of its own says; `undefined` where it was killed. */
async function processOf(orders: Omit<Orders, 'databaseUrl'>): Promise<unknown> {
  const script = join(import.meta.dirname, 'pulling-worker.cases.ts')
  const child = spawn(process.execPath, [script, JSON.stringify({ databaseUrl: workerUrl, ...orders } satisfies Orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = Buffer.concat(await Array.fromAsync(child.stdout)).toString('utf8')
  return said === '' ? undefined : JSON.parse(said)
}

test('two processes under one limit, which the service judges strictly, are never refused', async () => {
  await using shop = await start({ orders: 60, limit: { calls: 2, perMs: 200, headers: 'none' } })
  const connection: Connection = {
    name: 'two-processes',
    type: 'http',
    url: shop.url,
    token: shop.apiKey,
    limits: [{ calls: 2, per: '200ms' }],
  }
  expect(await Promise.all([processOf({ connection }), processOf({ connection })])).toEqual([60, 60])
  expect(shop.limit()).toMatchObject({ refused: 0, most: 2 })
})

test('a refresh token outlives the process that is killed right behind keeping it; killed before that, its loss is told with what to do', async () => {
  await using shop = await start({ orders: 20, signIn: 'oauth' })
  const auth = { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'shop', clientSecret: 'demo-key', refreshToken: 'demo-key' } as const
  const connection: Connection = { name: 'killed', type: 'http', url: shop.url, token: undefined, auth }
  expect(await processOf({ connection, killed: 'once it is kept' })).toBeUndefined()
  shop.expireTokens()
  // Each of the two knows the first refresh token alone, which is spent: they go on with the one that was kept, and ask for one more.
  expect(await Promise.all([processOf({ connection }), processOf({ connection })])).toEqual([20, 20])
  expect(shop.tokens().given).toBe(2)
  shop.expireTokens()
  expect(await processOf({ connection, killed: 'before it is kept' })).toBeUndefined()
  expect(await processOf({ connection })).toEqual({
    code: 'source.unauthorized',
    message: 'the token service of killed refuses: invalid_grant (400)',
    next: expect.stringMatching(/^The refresh token is spent or was taken back: let its owner agree once more/),
  })
})

test('a service that asks one worker to wait is left alone by all, and another connection is not', async () => {
  const [one, other] = [worker(), worker()]
  await one.calls.hold('held', 60_000)
  await other.calls.hold('held', 1_000)
  expect((await other.calls.begin('held', [])).waitMs).toBeGreaterThan(50_000)
  expect((await other.calls.begin('free', [])).waitMs).toBe(0)
  expect((await worker('another-project').calls.begin('held', [])).waitMs).toBe(0)
})

test('workers that need a new token at once ask for one, and each has the newer refresh token', async () => {
  await using shop = await start({ orders: 20, signIn: 'oauth' })
  const auth = { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'shop', clientSecret: 'demo-key', refreshToken: 'demo-key' } as const
  const workers = [worker(), worker(), worker(), worker()]
  for (let round = 1; round <= 3; round++) {
    // Each round is one of new processes: they know what is kept and nothing else.
    const rows = await Promise.all(workers.map((each) => pulls(shop, each, { token: undefined, auth })))
    expect(rows).toEqual([20, 20, 20, 20])
    expect(shop.tokens().given).toBe(round)
    shop.expireTokens()
  }
  const [kept] = await pool.query<{ sealed: string }>('select sealed from sluice.kept_token')
  expect(kept?.sealed).toMatch(/^[A-Za-z0-9+/=]{60,}$/)
  expect(Buffer.from(kept?.sealed ?? '', 'base64').toString('latin1')).not.toContain(shop.tokens().refresh)
})

test('a process that dies with its turn holds nobody up, and what it kept before stays', async () => {
  const [one, other] = [worker(), worker()]
  const died = one.tokens.alone('fragile', async (_, keep) => {
    await keep('newer')
    throw new Error('died')
  })
  await expect(died).rejects.toThrow('died')
  expect(await other.tokens.alone('fragile', async (kept) => kept)).toBe('newer')
})
