import { decimal, integer, json, load, model, notNull, sql, table, text, timestamp, unique } from '@sluice/author'
import { firstTick, landStep, page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const land = landStep('extract_assets', 'bronze.coincap_assets')

/**
 * How a model unnests bodies fast: one `from_json_strict` of the whole body in a struct of text fields, `unnest` with `max_depth := 2` of its
 * array (which spreads the struct's fields into columns), aliases in the outer query. The declared columns do the casting.
 */
const assets = model({
  name: 'silver.assets',
  on: 'lake',
  columns: {
    asset_id: text({ notNull: true }),
    seen_at: timestamp({ notNull: true }),
    rank: integer(),
    symbol: text({ max: 20 }),
    price_usd: decimal(38, 18),
    max_supply: decimal(38, 16),
    tokens: json(),
  },
  refresh: { by: 'batch' },
  checks: [notNull('price_usd'), unique('asset_id', 'seen_at')],
  query: ({ batch }) => sql`
    select id as asset_id, seen_at, rank, symbol, "priceUsd" as price_usd, "maxSupply" as max_supply, tokens
    from (
      select make_timestamptz(body."timestamp" * 1000) as seen_at, unnest(body.data, max_depth := 2)
      from (
        select from_json_strict(payload, '{"data": [{"id": "VARCHAR", "rank": "VARCHAR", "symbol": "VARCHAR", "priceUsd": "VARCHAR",
          "maxSupply": "VARCHAR", "tokens": "JSON"}], "timestamp": "BIGINT"}') as body
        from ${land} where ${batch.rows}
      )
    )`,
})

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
  const landed = await at.lake.land(
    writeTo('bronze.coincap_assets'),
    (async function* () {
      yield page(body)
    })(),
  )
  const ref = { store: 'lake', dataset: landed.dataset, batch: landed.batch, generation: 0, version: landed.version, rows: 1 } as const
  const write = writeTo('silver.assets')
  const options = { model: assets, write, refs: { extract_assets: ref }, interval: { start: firstTick - 1, end: firstTick }, lake: at.lake }
  const receipt = await runModel(options)
  expect(receipt).toMatchObject({
    rowsIn: 4,
    rowsWritten: 2,
    rowsQuarantined: 2,
    replayed: false,
    inputs: [{ dataset: 'demo:lake.bronze.coincap_assets', batch: landed.batch, version: landed.version }],
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
    { row_number: 3, rule: 'not_null(price_usd)', place: 'price_usd', generation: 0, _batch: write.batch },
    { row_number: 4, rule: 'type(rank)', place: 'rank' },
  ])
  expect(JSON.parse(String(broken[1]?.row))).toMatchObject({
    asset_id: 'fine',
    rank: 'four',
    price_usd: '0.1234567890123456789',
    max_supply: 'NaN',
  })
  await expect(runModel(options)).resolves.toEqual({ ...receipt, replayed: true })
})

test('the load that follows maps columns of equal name by itself', () => {
  const into = table({ name: 'public.assets', columns: { asset_id: text({ notNull: true }), prix: decimal(38, 18) }, key: ['asset_id'] })
  expect(load({ from: assets, into, mode: 'append', columns: { prix: 'price_usd' } }).columns).toEqual({
    asset_id: 'asset_id',
    prix: 'price_usd',
  })
})
