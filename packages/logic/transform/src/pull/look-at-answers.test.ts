import { type AnyDataset, type Connection, dataset, integer, json, type RestSource, restSource, text } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { type ShopOptions, start } from '@sluice/simulator-shop'
import { createHttpClient } from '@sluice/sources'
import { callsHere } from '@sluice/sources/capability'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { previewAnswers } from './look-at-answers.ts'

const fields = { id: integer(), status: text(), at: text({ at: '$.updated_at' }) }
const bodies = dataset('bronze.orders', { on: 'lake', bodies: json('$.data[*]', fields) })
const orders = (more: object = {}): RestSource =>
  restSource({
    ...{ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]' },
    pages: { by: 'offset', size: { param: 'limit', rows: 50 }, total: '$.total' },
    ...more,
  })

let duckdb: DuckDB
let at: TemporaryLake
beforeAll(async () => {
  duckdb = await openDuckDB({ threads: 1 })
})
afterAll(() => duckdb.close())
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

async function looked(from: RestSource, options: ShopOptions = {}, of: AnyDataset = bodies) {
  await using shop = await start(options)
  const retry = { attempts: 2, delayMs: 1, backoff: 'constant', maxDelayMs: 1 } as const
  const http = createHttpClient({ log, retry, calls: callsHere() })
  const connection = { name: 'shop', type: 'http', url: shop.url, token: shop.apiKey } as Connection
  const reading = { datasets: new Map(), batches: new Map(), timeZone: 'UTC', interval: { start: 0, end: 1_800_000_000_000 } }
  const looking = { pull: { into: of, from }, dataset: 'demo:lake.bronze.orders', lake: at.lake, http, connection, reading, log }
  const previewed = await previewAnswers({ ...looking, duckdb: async () => duckdb, signal: new AbortController().signal }, 3)
  return { previewed, asked: shop.requests().length }
}

test('a look asks for one page, reads it as a model would, and leaves nothing in the lake', async () => {
  const { previewed, asked } = await looked(orders())
  expect(asked).toBe(1)
  expect(previewed).toMatchObject({ since: null, more: true, rowsIn: 50, refused: null, columns: { id: '$.id', at: '$.updated_at' } })
  expect(previewed.asked).toMatch(/^GET http:\S+\/v1\/orders\?/)
  expect(previewed.rows).toHaveLength(3)
  expect(previewed.rows[0]).toEqual({ id: expect.anything(), status: expect.any(String), at: expect.stringMatching(/^20/) })
  expect(await at.lake.tables()).toEqual([])
})

test('a listing that is one page has nothing behind it', async () => {
  expect((await looked(orders(), { orders: 20 })).previewed).toMatchObject({ more: false, rowsIn: 20 })
})

test('an API that fails once is asked again, and one that refuses is told with its error', async () => {
  expect((await looked(orders(), { faults: [{ kind: 'server_error', status: 503, times: 1 }] })).previewed.rowsIn).toBe(50)
  await expect(looked(orders({ path: '/nowhere' }))).rejects.toMatchObject({ code: 'source.client_error' })
})

test('a field of another type than declared is why nothing could be read', async () => {
  const odd = dataset('bronze.orders', { on: 'lake', bodies: json('$.data[*]', { status: integer() }) })
  const { previewed } = await looked(orders(), {}, odd)
  expect(previewed.refused?.message).toContain('status')
})

test('a source that costs credits is pulled, and not looked at', async () => {
  await expect(looked(orders({ budget: 'shop' }))).rejects.toMatchObject({ code: 'request.invalid', message: /credits of the budget shop/ })
})
