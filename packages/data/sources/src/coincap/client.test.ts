import type { Connection, LandedPage, Logger, Pages } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { type CoincapSimulator, start } from '@sluice/simulator-coincap'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttpClient } from '../http/client.ts'
import { coincap } from './client.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
let simulator: CoincapSimulator
beforeEach(async () => {
  simulator = await start({ seed: 7 })
})
afterEach(() => simulator.close())

const connection = (): Connection => ({ name: 'coincap', type: 'http', url: simulator.url, token: simulator.apiKey })

function client(at = connection(), timeoutMs = 600_000) {
  const retry = { attempts: 3, delayMs: 1, backoff: 'constant', maxDelayMs: 1 } as const
  return coincap(createHttpClient({ log: silent, retry, timeoutMs, sleep: async () => {} }), at)
}

/** Reads pages as the lake does: each body to its end before the next page is asked for. */
async function land(
  pages: Pages,
): Promise<{ readonly bodies: readonly string[]; readonly pages: readonly LandedPage[]; readonly error: unknown }> {
  const bodies: string[] = []
  const landed: LandedPage[] = []
  try {
    for await (const page of pages) {
      const body = typeof page.body === 'string' ? page.body : Buffer.concat(await Array.fromAsync(page.body)).toString('utf8')
      bodies.push(body)
      landed.push(page)
    }
    return { bodies, pages: landed, error: undefined }
  } catch (error) {
    return { bodies, pages: landed, error }
  }
}

const codeOf = (error: unknown): string => (isSluiceError(error) ? error.code : `no SluiceError: ${String(error)}`)

test('lands the asked number of assets, page by page', async () => {
  const { bodies, pages, error } = await land(client().assets({ count: 120, pageSize: 50 }))
  expect(error).toBeUndefined()
  expect(bodies.map((body) => (JSON.parse(body) as { data: unknown[] }).data.length)).toEqual([50, 50, 20])
  expect(pages[1]?.request).toBe(`GET ${simulator.url}/assets?limit=50&offset=50`)
})

test('counts credits by the call and by the payload', async () => {
  const { bodies, pages } = await land(client().assets({ count: 100 }))
  const bytes = Buffer.byteLength(bodies[0] ?? '')
  const credits = pages[0]?.credits
  expect(typeof credits === 'function' ? credits(bytes) : credits).toBe(1 + Math.ceil(bytes / 2_500))
})

test('a budget is asked with the first page, and where it must be spared the fewest are asked for', async () => {
  let asked = 0
  const budget = (degraded: boolean) => ({
    tariff: { perCall: 7, bytesPerCredit: 1e9 },
    admit: async () => {
      asked++
      return { degraded }
    },
  })
  const paid = (degraded: boolean) =>
    coincap(createHttpClient({ log: silent, timeoutMs: 600_000 }), connection(), { budget: budget(degraded) })
  const unread = paid(false).assets({ count: 120 })
  expect([asked, unread]).toEqual([0, expect.anything()])
  const whole = await land(paid(false).assets({ count: 120, fewest: 10 }))
  const spared = await land(paid(true).assets({ count: 120, fewest: 10 }))
  expect([whole, spared].map(({ bodies }) => bodies.map((body) => (JSON.parse(body) as { data: unknown[] }).data.length))).toEqual([
    [100, 20],
    [10],
  ])
  expect((await land(paid(true).assets({ count: 5, fewest: 10 }))).pages).toHaveLength(1)
  const [{ credits } = { credits: 0 }] = spared.pages
  expect(typeof credits === 'function' ? credits(10_000) : credits).toBe(8)
  expect(asked).toBe(3)
})

test('a ping proves that CoinCap answers without the key, and so without credits of its account', async () => {
  const before = simulator.requests().length
  expect(await client().ping()).toEqual({ ms: expect.any(Number) })
  const asked = simulator.requests().slice(before)
  expect(asked).toHaveLength(1)
  expect(JSON.stringify(asked)).not.toContain(simulator.apiKey)
  simulator.setFaults([{ kind: 'shutdown', status: 200 }])
  await expect(client().ping()).rejects.toMatchObject({ code: 'source.shutdown' })
})

test('a rate limit that says nothing of its length is waited out for minutes', async () => {
  simulator.setFaults([{ kind: 'rate_limited' }])
  await expect(client().ping()).rejects.toMatchObject({ code: 'source.rate_limited', retryAfterMs: 300_000 })
})

test('lands the history of one asset', async () => {
  const end = Date.now()
  const { bodies, error } = await land(client().history('bitcoin', { interval: 'h1', start: end - 86_400_000, end }))
  expect(error).toBeUndefined()
  expect((JSON.parse(bodies[0] ?? '') as { data: unknown[] }).data.length).toBeGreaterThanOrEqual(23)
})

test.each([
  ['rate_limited', { kind: 'rate_limited' }, 'source.rate_limited', 0],
  ['a long Retry-After', { kind: 'rate_limited', retryAfter: 600 }, 'source.rate_limited', 0],
  ['server_error', { kind: 'server_error' }, 'source.server_error', 0],
  ['timeout', { kind: 'timeout' }, 'source.timeout', 0],
  ['unauthorized', { kind: 'unauthorized' }, 'source.unauthorized', 0],
  ['a cut connection', { kind: 'truncated', how: 'connection' }, 'source.network', 0],
  ['cut JSON', { kind: 'truncated', how: 'length' }, 'source.malformed', 1],
  ['the shutdown notice with 429', { kind: 'shutdown' }, 'source.shutdown', 0],
  ['the shutdown notice with 200', { kind: 'shutdown', status: 200 }, 'source.shutdown', 1],
  ['an empty list', { kind: 'empty_list' }, 'source.empty', 1],
] as const)('%s ends as its error class says, after the body was landed where there was one', async (_, fault, code, landed) => {
  simulator.setFaults([fault])
  const result = await land(client(connection(), fault.kind === 'timeout' ? 300 : undefined).assets({ count: 100 }))
  expect(codeOf(result.error)).toBe(code)
  expect(result.bodies).toHaveLength(landed)
})

test('429 is told in the words that its operators know, with what to do, and how long CoinCap asks to wait (S0-11)', async () => {
  simulator.setFaults([{ kind: 'rate_limited', retryAfter: 600 }])
  await expect(client().ping()).rejects.toMatchObject({
    code: 'source.rate_limited',
    kind: 'retryable',
    message: 'API CoinCap erreur: 429 Too Many Requests',
    next: expect.stringMatching(/^Wait some minutes, or lengthen the schedule interval/),
    retryAfterMs: 600_000,
  })
})

test.each(['duplicate_ids', 'null_fields', 'absurd_values'] as const)(
  '%s land as they are: rows are for quarantine to judge',
  async (kind) => {
    simulator.setFaults([{ kind }])
    const { bodies, error } = await land(client().assets({ count: 100 }))
    expect(error).toBeUndefined()
    expect(bodies).toHaveLength(1)
  },
)

test('a short outage is bridged without the task noticing', async () => {
  simulator.setFaults([{ kind: 'server_error', times: 2 }])
  const { error } = await land(client().assets({ count: 100 }))
  expect(error).toBeUndefined()
  expect(simulator.requests().filter((entry) => entry.path.startsWith('/v3'))).toHaveLength(3)
})

test('a wrong key is told apart from everything else', async () => {
  const { error } = await land(client({ ...connection(), token: 'wrong' }).assets({ count: 1 }))
  expect(codeOf(error)).toBe('source.unauthorized')
  expect(JSON.stringify(error)).not.toContain('wrong')
})
