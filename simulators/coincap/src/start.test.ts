import type { Fault } from '@sluice/simulator-kit'
import { afterEach, expect, test } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import type { HistoryPoint } from './history.ts'
import { type AssetBody, assetsAt } from './quote.ts'
import { type CoincapOptions, type CoincapSimulator, start } from './start.ts'

const SEED = 7
const NOW = Date.UTC(2026, 10, 21, 3, 37, 12, 345)
const HOUR = 3_600_000

let simulator: CoincapSimulator
let now = NOW
const open = async (options: CoincapOptions = {}): Promise<CoincapSimulator> => {
  now = NOW
  simulator = await start({ seed: SEED, now: () => now, ...options })
  return simulator
}
afterEach(() => simulator.close())

const get = (path: string, init?: RequestInit) =>
  fetch(simulator.url + path, { ...init, headers: { authorization: `Bearer ${simulator.apiKey}` } })
const bodyOf = async <T>(path: string) => (await (await get(path)).json()) as { readonly data: T; readonly timestamp: number }
const idsOf = async (path: string) => (await bodyOf<readonly AssetBody[]>(path)).data.map(({ id }) => id)
const errorOf = async (response: Response) => [response.status, await response.json()]

test('/assets answers in the envelope of CoinCap, the lists of tokens by chain', async () => {
  await open()
  const response = await get('/assets?limit=2000')
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  const { data, timestamp } = (await response.json()) as { data: readonly AssetBody[]; timestamp: number }
  expect(timestamp).toBe(NOW)
  expect(data).toHaveLength(CATALOGUE.length)
  expect(data.find(({ id }) => id === 'bitcoin')?.tokens).toEqual({})
  expect(data.find(({ id }) => id === 'tether')?.tokens).toEqual({ '1': [expect.stringMatching(/^0x[0-9a-f]{40}$/)] })
})

test('pages by limit and offset, 100 by default, 2000 at most', async () => {
  await open()
  const all = assetsAt(SEED, NOW).map(({ id }) => id)
  expect(await idsOf('/assets')).toEqual(all.slice(0, 100))
  expect(await idsOf('/assets?limit=50&offset=50')).toEqual(all.slice(50, 100))
  expect(await idsOf('/assets?limit=50&offset=100')).toEqual(all.slice(100))
  expect(await idsOf('/assets?offset=5000')).toEqual([])
  for (const query of ['limit=2001', 'limit=0', 'limit=ten', 'limit=1.5', 'offset=-1', 'limit=']) {
    expect(await errorOf(await get(`/assets?${query}`))).toEqual([
      400,
      { error: expect.stringMatching(/^(limit|offset) must be/), timestamp: NOW },
    ])
  }
})

test('filters by ids and by search, passing over ids it does not know', async () => {
  await open()
  expect(await idsOf('/assets?ids=tether,bitcoin,nothing')).toEqual(['bitcoin', 'tether'])
  expect((await idsOf('/assets?search=BTC')).toSorted()).toEqual(['bitcoin', 'coinbase-wrapped-btc', 'wrapped-bitcoin'])
  expect(await idsOf('/assets?search=nothing')).toEqual([])
})

test('/assets/{slug} is the row of /assets; an unknown one is 404', async () => {
  await open()
  const [first] = (await bodyOf<readonly AssetBody[]>('/assets?ids=solana')).data
  expect((await bodyOf<AssetBody>('/assets/solana')).data).toEqual(first)
  for (const path of ['/assets/nothing', '/assets/nothing/history?interval=d1', '/assets/nothing/markets']) {
    expect(await errorOf(await get(path))).toEqual([404, { error: 'nothing not found', timestamp: NOW }])
  }
})

test('with fewer assets the others do not exist', async () => {
  await open({ assets: 10 })
  expect(await idsOf('/assets?limit=2000')).toHaveLength(10)
  expect((await get('/assets/monacoin')).status).toBe(404)
})

test('history gives on round instants the price /assets gave then, none after now', async () => {
  await open()
  const start = NOW - 5 * HOUR
  const { data } = await bodyOf<readonly HistoryPoint[]>(`/assets/ethereum/history?interval=h1&start=${start}&end=${NOW + 9 * HOUR}`)
  expect(data.map(({ date }) => date.slice(11))).toEqual(['23', '00', '01', '02', '03'].map((hour) => `${hour}:00:00.000Z`))
  for (const point of data) {
    now = point.time
    expect((await bodyOf<AssetBody>('/assets/ethereum')).data.priceUsd).toBe(point.priceUsd)
  }
  now = NOW
  const daily = await bodyOf<readonly HistoryPoint[]>('/assets/ethereum/history?interval=d1')
  expect(daily.data).toHaveLength(7300)
  expect(daily.data.at(-1)?.time).toBe(Date.UTC(2026, 10, 21))
})

test('history refuses an unknown interval, half a range, a reversed one and one too long', async () => {
  await open({ historyRangeDays: { h1: 2 } })
  const refused = [
    '',
    'interval=h3',
    'interval=h1&start=1',
    'interval=h1&start=2&end=1',
    'interval=h1&start=x&end=1',
    `interval=h1&start=0&end=${49 * HOUR}`,
  ]
  for (const query of refused) expect((await get(`/assets/bitcoin/history?${query}`)).status).toBe(400)
  expect((await get(`/assets/bitcoin/history?interval=h1&start=0&end=${48 * HOUR}`)).status).toBe(200)
})

test('markets share out the volume of the asset', async () => {
  await open()
  const { data } = await bodyOf<readonly { readonly volumePercent: string; readonly priceUsd: string }[]>('/assets/bitcoin/markets')
  expect(data).toHaveLength(8)
  expect(data.reduce((sum, { volumePercent }) => sum + Number(volumePercent), 0)).toBeCloseTo(100, 6)
})

test('accepts a key as Bearer or as apiKey, asks for one with 401 and refuses another with 403', async () => {
  const { url } = await open({ apiKeys: ['first', 'second'] })
  expect((await fetch(`${url}/assets`, { headers: { authorization: 'Bearer second' } })).status).toBe(200)
  expect((await fetch(`${url}/assets?apiKey=first`)).status).toBe(200)
  expect(await errorOf(await fetch(`${url}/assets`))).toEqual([401, { error: expect.any(String), timestamp: NOW }])
  expect(await errorOf(await fetch(`${url}/assets?apiKey=demo-key`))).toEqual([403, { error: expect.any(String), timestamp: NOW }])
})

test('v2 answers its shutdown body without asking for a key', async () => {
  const { url } = await open()
  const response = await fetch(url.replace('/v3', '/v2/assets'))
  expect(await errorOf(response)).toEqual([429, { data: { message: expect.stringContaining('deprecating') }, timestamp: NOW }])
})

test('refuses a key beyond its requests a minute until the window, shortened by speed, has passed', async () => {
  await open({ requestsPerMinute: 2, speed: 30 })
  const statuses = async () => [(await get('/assets?limit=1')).status, (await get('/assets?limit=1')).status]
  expect(await statuses()).toEqual([200, 200])
  const refused = await get('/assets?limit=1')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
  now += 2000
  expect(await statuses()).toEqual([200, 200])
})

test('spends one credit a call and one for each 2 500 bytes, nothing for an error, and refuses once the month is spent', async () => {
  const { credits, apiKey } = await open({ creditsPerMonth: 22 })
  await get('/assets?limit=2001')
  expect(credits()).toEqual({ month: '2026-11', used: 0, limit: 22 })
  await get('/assets?limit=10')
  expect(credits().used).toBe(3)
  await get('/assets')
  expect(credits(apiKey).used).toBe(22)
  expect((await get('/assets?limit=1')).status).toBe(429)
  now = Date.UTC(2026, 11, 1)
  expect((await get('/assets?limit=1')).status).toBe(200)
  expect(credits()).toEqual({ month: '2026-12', used: 2, limit: 22 })
})

test('every kind of fault is seen from a plain fetch', async () => {
  await open()
  const seen = async (fault: Fault) => {
    simulator.setFaults([{ ...fault, times: 1, match: '/v3/assets' }])
    const response = await get('/assets?limit=4')
    return { response, text: await response.text() }
  }
  const dataOf = async (fault: Fault) => (JSON.parse((await seen(fault)).text) as { data: readonly AssetBody[] }).data
  expect((await seen({ kind: 'rate_limited', retryAfter: 5 })).response.headers.get('retry-after')).toBe('5')
  expect((await seen({ kind: 'server_error' })).text).toBe(`{"error":"Internal Server Error","timestamp":${NOW}}`)
  expect((await seen({ kind: 'unauthorized' })).response.status).toBe(401)
  simulator.setFaults([{ kind: 'timeout', times: 1, match: '/v3/assets' }])
  const before = simulator.requests().length
  const leaving = new AbortController()
  const waiting = get('/assets?limit=4', { signal: leaving.signal })
  await expect.poll(() => simulator.requests().length).toBe(before + 1)
  leaving.abort()
  await expect(waiting).rejects.toThrow('aborted')
  await expect(seen({ kind: 'truncated' })).rejects.toThrow('terminated')
  await expect(dataOf({ kind: 'truncated', how: 'length' })).rejects.toThrow(SyntaxError)
  expect((await seen({ kind: 'shutdown' })).response.status).toBe(429)
  const shutdown = await seen({ kind: 'shutdown', status: 200 })
  expect([shutdown.response.status, JSON.parse(shutdown.text)]).toEqual([200, { data: { message: expect.any(String) }, timestamp: NOW }])
  expect(await dataOf({ kind: 'empty_list' })).toEqual([])
  expect((await dataOf({ kind: 'duplicate_ids' })).map(({ rank }) => rank)).toEqual(['1', '1', '2', '3', '3', '4'])
  expect((await dataOf({ kind: 'null_fields' })).map(({ priceUsd, marketCapUsd }) => [priceUsd === null, marketCapUsd === null])).toEqual([
    [true, false],
    [false, false],
    [false, true],
    [false, false],
  ])
  expect((await dataOf({ kind: 'absurd_values', every: 1, fields: ['priceUsd'] })).map(({ priceUsd }) => priceUsd)).toEqual([
    '-1.0000000000000000',
    '1e40',
    '0.123456789012345678901234567891',
    'not a number',
  ])
  expect((await get('/assets')).status).toBe(200)
})

test('another process switches faults through controlUrl', async () => {
  const { controlUrl, requests } = await open()
  await fetch(`${controlUrl}/faults`, { method: 'POST', body: '{"kind":"shutdown"}' })
  expect((await get('/assets')).status).toBe(429)
  await fetch(`${controlUrl}/faults`, { method: 'DELETE' })
  expect((await get('/assets')).status).toBe(200)
  expect(requests().map(({ status, fault }) => [status, fault])).toEqual([
    [429, 'shutdown'],
    [200, undefined],
  ])
})

test('close ends a request that hangs', async () => {
  const { close, requests } = await open({ faults: [{ kind: 'timeout' }] })
  const hanging = get('/assets').catch((error: unknown) => error)
  while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
  await close()
  expect(await hanging).toBeInstanceOf(TypeError)
})

test.each<CoincapOptions>([{ assets: 0 }, { assets: 5000 }, { speed: 0 }, { seed: Number.NaN }, { port: 70_000 }])(
  'refuses %j',
  async (options) => {
    await open()
    await expect(start(options)).rejects.toMatchObject({ code: 'option_invalid', next: expect.stringMatching(/^Give /) })
  },
)
