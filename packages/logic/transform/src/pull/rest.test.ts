import { type Connection, dataset, json, type Pull, pull, type RestSource, restSource, text } from '@sluice/author'
import { testAttempt } from '@sluice/author/testing'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { productAt, type ShopOptions, type ShopSimulator, start } from '@sluice/simulator-shop'
import { createHttpClient } from '@sluice/sources'
import { callsHere, type HttpClient } from '@sluice/sources/capability'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pullRest } from './rest.ts'

const bodies = dataset('bronze.orders', { on: 'lake', bodies: json('$.data[*]', { id: text({ at: '$.id' }), updated_at: text() }) })
const size = { param: 'limit', rows: 50 }
const orders = (more: object = {}): RestSource =>
  restSource({
    name: 'orders',
    connection: 'shop',
    path: '/orders',
    rows: '$.data[*]',
    pages: { by: 'offset', size, total: '$.total' },
    ...more,
  })

let at: TemporaryLake
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

interface Tried {
  readonly from?: RestSource
  /** The number of the run, each an hour behind the one before. */
  readonly run?: number
  readonly signal?: AbortSignal
  readonly refetch?: boolean
  /** Looks at each moment at which the attempt may be killed. */
  readonly moment?: () => void
}

/** Carries the pull out as an attempt of a run. */
async function tried(shop: ShopSimulator, { from = orders(), run = 1, signal, refetch = false, moment = () => undefined }: Tried = {}) {
  const step = pull({ name: 'pull_orders', from, into: bodies }) as Pull & { readonly from: RestSource }
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const log = { debug: write, info: write, warn: write, error: write }
  const end = Date.parse('2026-03-01T00:00:00Z') + run * 3_600_000
  const usual = testAttempt(step)
  const attempt = testAttempt(step, {
    ...{ log, refetch, generation: refetch ? 1 : 0, interval: { start: end - 3_600_000, end } },
    run: { ...usual.run, project: 'demo', id: `r${run}`, key: `manual:r${run}`, logicalTime: end },
    ...(signal === undefined ? {} : { signal }),
  })
  const clock = { now: Date.now() }
  const now = (): number => clock.now
  const sleep = async (ms: number): Promise<void> => {
    clock.now += ms
  }
  const retry = { attempts: 3, delayMs: 1, backoff: 'constant', maxDelayMs: 1 } as const
  const client = createHttpClient({ log, retry, now, sleep, calls: callsHere(now), ...(signal === undefined ? {} : { signal }) })
  const http: HttpClient = {
    async request(asked) {
      moment()
      const response = await client.request(asked)
      moment()
      return {
        ...response,
        text: async () => {
          const read = await response.text()
          moment()
          return read
        },
      }
    },
  }
  const connection = (name: string): Connection => ({ name, type: 'http', url: shop.url, token: shop.apiKey })
  const purse = (): never => {
    throw new Error('there is no budget')
  }
  return { pulled: await pullRest({ pull: step, attempt, lake: at.lake, http, connection, purse }), receipts: attempt.receipts, lines }
}

const idsIn = async (): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const chunk of at.lake.read('bronze.orders'))
    found.push(
      ...chunk.flatMap((row) =>
        (JSON.parse(String(row.payload)) as { readonly data: { readonly id: number }[] }).data.map(({ id }) => String(id)),
      ),
    )
  return found
}

test('the answers of a listing are one batch with a receipt, which tells what was asked; a retry asks nothing', async () => {
  await using shop = await start()
  const { pulled, receipts } = await tried(shop)
  expect(pulled).toEqual({ batches: 1, rowsIn: 5, rowsWritten: 5, rowsQuarantined: 0 })
  expect(receipts).toMatchObject([{ status: 'written', answers: { source: 'orders', requests: 5, rows: 230 } }])
  expect(await idsIn()).toEqual(shop.orders().map(({ id }) => String(id)))
  const before = shop.requests().length
  expect((await tried(shop)).receipts).toMatchObject([{ replayed: true, answers: { rows: 230 } }])
  expect(shop.requests().length).toBe(before)
})

test('a run goes on from the greatest value that an earlier one has landed, whatever is run when', async () => {
  await using shop = await start()
  const from = orders({ query: { updated_since: '{since}' }, incremental: { by: 'greatest', at: '$.updated_at', overlap: '10m' } })
  const first = (await tried(shop, { from, run: 2 })).receipts[0]?.answers
  const greatest = shop
    .orders()
    .map(({ updated_at: updated }) => updated)
    .sort()
    .at(-1)
  expect(first).toMatchObject({ greatest })
  expect(first).not.toHaveProperty('since')
  const since = new Date(Date.parse(greatest ?? '') - 600_000).toISOString()
  expect((await tried(shop, { from, run: 3 })).receipts[0]?.answers).toMatchObject({ since, greatest })
  // A run of before knows nothing of what came after it.
  expect((await tried(shop, { from, run: 1 })).receipts[0]?.answers).not.toHaveProperty('since')
  expect((await tried(shop, { from, run: 2, refetch: true })).receipts[0]?.answers).toMatchObject({ since })
})

test('an answer that has not changed writes nothing: a skipped receipt says why, and the step is green', async () => {
  await using shop = await start()
  const from = restSource({ name: 'rates', connection: 'shop', path: '/rates', rows: '$.data[*]', conditional: true })
  await tried(shop, { from, run: 1 })
  const { pulled, receipts, lines } = await tried(shop, { from, run: 2 })
  expect(pulled).toEqual({ batches: 0, rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0 })
  expect(receipts).toMatchObject([{ status: 'skipped', reason: 'not modified (304)', rowsIn: 0, credits: 0 }])
  expect(lines).toContain('nothing new of rates: not modified (304)')
  expect((await at.lake.receipts('bronze.orders')).length).toBe(1)
  shop.changeRates()
  expect((await tried(shop, { from, run: 3 })).pulled.batches).toBe(1)
})

test('ids come from a dataset of the lake, by its column or by a statement, each once and digit for digit', async () => {
  await using shop = await start({ badProducts: [2] })
  const listed = dataset('bronze.listed', { on: 'lake', bodies: json('$.data[*]', { id: text() }) })
  const page = (ids: readonly string[]) => ({
    source: 's',
    request: 'GET x',
    receivedAt: 0,
    body: JSON.stringify({ data: ids.map((id) => ({ id })) }),
  })
  const ids = [0, 1, 2, 1, 3].map((index) => productAt(1, index).id)
  const writes = {
    project: 'test',
    pipeline: 'p',
    run: 'r',
    task: 't',
    attempt: 1,
    dataset: 'demo:lake.bronze.listed',
    batch: 'b1',
    generation: 0,
    logicalTime: 0,
    inputs: [],
  }
  async function* pages() {
    yield page(ids)
  }
  await at.lake.land(writes, pages())
  const from = restSource({
    ...{ name: 'products', connection: 'shop', path: '/products', query: { ids: '{ids}' }, rows: '$.data' },
    code: { at: '$.status.error_code', message: '$.status.error_message', good: [0] },
    ids: { from: listed, column: 'id', atOnce: 3 },
  })
  const { receipts, lines } = await tried(shop, { from })
  const bad = productAt(1, 2).id
  expect(receipts[0]?.answers?.ids).toMatchObject({
    asked: 4,
    fetched: 3,
    missing: [],
    failed: [{ id: bad, why: expect.stringContaining(bad) }],
  })
  expect(lines).toContainEqual(expect.stringMatching(`^the id ${bad} failed`))
})

test('a pull that is refused writes nothing and keeps what came among the rejected', async () => {
  await using shop = await start({ faults: [{ kind: 'truncated', how: 'length', skip: 2 }] })
  const error = await tried(shop).catch((thrown: unknown) => thrown)
  expect(isSluiceError(error) && [error.code, error.facts.rejectedPages]).toEqual(['source.malformed', 3])
  expect(await at.lake.receipts()).toEqual([])
})

/** Faults that come and go, and the moment at which the attempt is killed: after so many requests. */
test.each(Array.from({ length: long ? 200 : 20 }, (_, index) => index))(
  'a pull that is ended at any moment and tried again leaves what an undisturbed one leaves (%i)',
  async (index) => {
    const random = seeded(seedOfRun() + index)
    const kinds = [{ kind: 'server_error' }, { kind: 'html' }, { kind: 'truncated' }, { kind: 'rate_limited', retryAfter: 1 }] as const
    const faults: ShopOptions['faults'] = Array.from({ length: random.integer(3) }, () => ({
      ...(kinds[random.integer(kinds.length)] ?? kinds[0]),
      ...{ skip: random.integer(4), times: 1 + random.integer(2) },
    }))
    await using shop = await start({ seed: 3, faults })
    for (let attempts = 1; ; attempts++) {
      expect(attempts).toBeLessThan(30)
      const killed = new AbortController()
      let left = 1 + random.integer(15)
      const moment = (): void => {
        left--
        if (left === 0) killed.abort(new Error('killed'))
      }
      const ended = await tried(shop, attempts < 6 ? { signal: killed.signal, moment } : {}).then(
        () => true,
        () => false,
      )
      if (ended) break
      expect(await at.lake.receipts('bronze.orders')).toEqual([])
    }
    expect(await idsIn()).toEqual(shop.orders().map(({ id }) => String(id)))
    expect(at.spooled('bronze')).toEqual([])
  },
)
