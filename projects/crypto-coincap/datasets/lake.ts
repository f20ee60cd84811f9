import { bigint, dataset, json, texts, timestamp, within } from 'sluice'
import { days, hours, snapshot } from './columns.ts'

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

/** Numbers arrive as text and become exact decimals; a row that does not fit goes to quarantine. */
export const assets = dataset('silver.assets', {
  on: 'lake',
  description: 'One row an asset and snapshot, typed',
  owner: 'data-team',
  fresh: '1h',
  columns: { ...snapshot, seen_at: timestamp({ comment: 'When CoinCap computed the page' }) },
  key: ['crypto_id', 'timestamp_import'],
  checks: [
    within('rang', { min: 1 }),
    within('prix_usd', { min: 0, max: 1_000_000_000_000 }),
    within('market_cap_usd', { min: 0 }),
    within('volume_24h_usd', { min: 0 }),
    within('variation_24h_pourcent', { min: -100, max: 100_000 }),
  ],
})

/** Rollups are computed where all snapshots are kept: the warehouse keeps its own for a week only. */
export const hourly = dataset('silver.crypto_horaire', {
  on: 'lake',
  description: 'The hours that each batch of snapshots touched, as they then stood',
  columns: hours,
  key: ['crypto_id', 'heure'],
})
export const daily = dataset('silver.crypto_quotidien', {
  on: 'lake',
  description: 'The days that each batch of snapshots touched, as they then stood',
  columns: days,
  key: ['crypto_id', 'jour'],
})

/** Filled by hand: `sluice lake export gold.assets --from silver.assets`. */
export const exportedAssets = dataset('gold.assets', { on: 'lake', description: 'Typed rows as a file for others', files: 'parquet' })
export const dailyReports = dataset('gold.daily_reports', { on: 'lake', description: 'The report as people read it', files: 'text/plain' })
export const dayReports = dataset('gold.day_reports', { on: 'lake', description: 'The report of each closed day', files: 'text/plain' })
