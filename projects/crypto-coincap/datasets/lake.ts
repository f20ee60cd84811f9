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

/**
 * CoinCap v3 writes the shortest text of a floating point number, which has more than 18 decimals near zero. An asset can do without one of
 * its figures, but not without its price.
 */
const figure = decimal(38, 18, { round: true, orNull: true })

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
    supply: figure,
    max_supply: figure,
    market_cap_usd: figure,
    volume_24h_usd: figure,
    price_usd: decimal(38, 18, { notNull: true, round: true }),
    change_24h_percent: figure,
    vwap_24h_usd: figure,
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
export const dayReports = dataset('gold.day_reports', { on: 'lake', description: 'The report of each closed day', files: 'text/plain' })
