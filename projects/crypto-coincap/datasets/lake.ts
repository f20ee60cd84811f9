import { bigint, dataset, decimal, integer, json, text, texts, timestamp, within } from 'sluice'

const asset = {
  ...texts('id', 'rank', 'symbol', 'name', 'supply', 'maxSupply'),
  ...texts('marketCapUsd', 'volumeUsd24Hr', 'priceUsd', 'changePercent24Hr', 'vwap24Hr'),
}
export const coincapAssets = dataset('bronze.coincap_assets', {
  on: 'lake',
  description: 'The answers of CoinCap, as they came',
  owner: 'data-team',
  fresh: '1h',
  bodies: json('$.data[*]', asset, { computed_at: bigint({ at: '$.timestamp' }) }),
})

/** Numbers arrive as strings and become exact decimals; a row that does not fit goes to quarantine. */
export const assets = dataset('silver.assets', {
  on: 'lake',
  description: 'One row an asset and snapshot, typed',
  owner: 'data-team',
  fresh: '1h',
  columns: {
    asset_id: text({ notNull: true }),
    snapshot_at: timestamp({ notNull: true, comment: 'Logical time of the snapshot' }),
    seen_at: timestamp({ comment: 'When CoinCap computed the page' }),
    rank: integer({ notNull: true }),
    symbol: text({ notNull: true }),
    name: text({ notNull: true }),
    supply: decimal(38, 18),
    max_supply: decimal(38, 18),
    market_cap_usd: decimal(38, 18),
    volume_24h_usd: decimal(38, 18),
    price_usd: decimal(38, 18, { notNull: true }),
    change_24h_percent: decimal(38, 18),
    vwap_24h_usd: decimal(38, 18),
  },
  key: ['asset_id', 'snapshot_at'],
  checks: [
    within('rank', { min: 1 }),
    within('price_usd', { min: 0, max: 1_000_000_000_000 }),
    within('market_cap_usd', { min: 0 }),
    within('volume_24h_usd', { min: 0 }),
    within('change_24h_percent', { min: -100, max: 100_000 }),
  ],
})

/** Filled by hand: `sluice lake export gold.assets --from silver.assets`. */
export const exportedAssets = dataset('gold.assets', { on: 'lake', description: 'Typed rows as a file for others', files: 'parquet' })
export const dailyReports = dataset('gold.daily_reports', { on: 'lake', description: 'The report as people read it', files: 'text/plain' })
