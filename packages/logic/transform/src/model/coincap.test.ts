import { bigint, dataset, decimal, integer, json, jsonb, load, type Model, model, sql, text, timestamp } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { firstTick, page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const landed = dataset('bronze.coincap_assets', {
  on: 'lake',
  bodies: json(
    '$.data[*]',
    { id: text(), rank: text(), symbol: text(), priceUsd: text(), maxSupply: text(), tokens: jsonb() },
    { computed: bigint({ at: '$.timestamp' }) },
  ),
})
const assets = dataset('silver.assets', {
  on: 'lake',
  columns: {
    asset_id: text({ notNull: true }),
    seen_at: timestamp({ notNull: true }),
    rank: integer(),
    symbol: text({ max: 20 }),
    price_usd: decimal(38, 18, { notNull: true }),
    max_supply: decimal(38, 16),
    tokens: jsonb(),
  },
  key: ['asset_id', 'seen_at'],
})
const clean = model({
  into: assets,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }) => sql`
    select id as asset_id, make_timestamptz(computed * 1000) as seen_at, rank, symbol, priceUsd as price_usd, maxSupply as max_supply, tokens
    from ${landed.batch}`,
}) as unknown as Model

const body = JSON.stringify({
  data: [
    { id: 'bitcoin', rank: '1', symbol: 'BTC', priceUsd: '65000.1234567890123456', maxSupply: '21000000.0000000000000000', tokens: {} },
    {
      id: 'tether',
      rank: '3',
      symbol: 'USDT',
      priceUsd: '1.0003',
      maxSupply: null,
      tokens: { '1': ['0xdac17f958d2ee523a2206206994597c13d831ec7'] },
    },
    { id: 'broken', rank: '4', symbol: 'BRK', priceUsd: null, maxSupply: null, tokens: {} },
    { id: 'fine', rank: 'four', symbol: 'FIN', priceUsd: '0.1234567890123456789', maxSupply: 'NaN', tokens: {} },
  ],
  timestamp: firstTick + 77,
})

test('a model over bodies shaped as CoinCap sends them gives exact decimals, and quarantines what does not fit with rule and row', async () => {
  const receiptOfBodies = await at.lake.land(
    writeTo('bronze.coincap_assets'),
    (async function* () {
      yield page(body)
    })(),
  )
  const write = writeTo('silver.assets')
  const reading = testReading([landed, assets], { batches: { [landed.id]: [refTo('lake', receiptOfBodies)] } })
  const options = { model: clean, write, reading, lake: at.lake }
  const receipt = await runModel(options)
  expect(receipt).toMatchObject({
    rowsIn: 4,
    rowsWritten: 2,
    rowsQuarantined: 2,
    replayed: false,
    inputs: [{ dataset: 'demo:lake.bronze.coincap_assets', batch: receiptOfBodies.batch, version: receiptOfBodies.version }],
  })
  const rows = []
  for await (const chunk of at.lake.read('silver.assets')) rows.push(...chunk)
  const common = { seen_at: new Date(firstTick + 77).toISOString(), _batch: write.batch }
  expect(rows).toEqual([
    {
      asset_id: 'bitcoin',
      rank: 1,
      symbol: 'BTC',
      price_usd: '65000.123456789012345600',
      max_supply: '21000000.0000000000000000',
      tokens: '{}',
      ...common,
    },
    {
      asset_id: 'tether',
      rank: 3,
      symbol: 'USDT',
      price_usd: '1.000300000000000000',
      max_supply: null,
      tokens: '{"1":["0xdac17f958d2ee523a2206206994597c13d831ec7"]}',
      ...common,
    },
  ])
  const broken = []
  for await (const chunk of at.lake.read('silver.assets__quarantine')) broken.push(...chunk)
  expect(broken).toMatchObject([
    { row_number: 3, rule: 'not_null(price_usd)', place: 'price_usd', generation: 0, batch: write.batch },
    { row_number: 4, rule: 'type(rank)', place: 'rank' },
  ])
  expect(JSON.parse(String(broken[1]?.cells))).toMatchObject({
    asset_id: 'fine',
    rank: 'four',
    price_usd: '0.1234567890123456789',
    max_supply: 'NaN',
  })
  await expect(runModel(options)).resolves.toEqual({ ...receipt, replayed: true })
})

test('the load that follows maps columns of equal name by itself', () => {
  const columns = { asset_id: text({ notNull: true }), prix: decimal(38, 18) }
  const into = dataset('public.assets', { on: 'warehouse', columns, key: ['asset_id'] })
  expect(load({ from: assets, into, mode: 'append', columns: { prix: 'price_usd' } }).columns).toEqual({
    asset_id: 'asset_id',
    prix: 'price_usd',
  })
})
