import { dataset, date, decimal, integer, pick, text, timestamp, within } from 'sluice'
import { assetBodies } from 'sluice/coincap'

export const coincapAssets = dataset('bronze.coincap_assets', {
  on: 'lake',
  description: 'The answers of CoinCap, as they came',
  owner: 'data-team',
  fresh: '1h',
  bodies: assetBodies,
})

/**
 * Of figures that an asset can do without. CoinCap v3 writes the shortest text of a floating point number, which has more than 18 decimals
 * near zero.
 */
const loosely = { round: true, orNull: true } as const

/** An asset in a snapshot, in lake and warehouse (the columns of the original table, with exact numbers instead of floating ones). */
export const snapshot = {
  crypto_id: text({ max: 100, notNull: true, comment: 'CoinCap slug' }),
  rang: integer({ notNull: true, comment: 'Rank by market capitalisation' }),
  symbole: text({ max: 20, notNull: true }),
  nom: text({ max: 100, notNull: true }),
  supply_circulant: decimal(38, 18, loosely),
  supply_max: decimal(38, 18, { ...loosely, comment: 'Null: no maximum' }),
  market_cap_usd: decimal(38, 18, { ...loosely, comment: 'USD, exact' }),
  volume_24h_usd: decimal(38, 18, { ...loosely, comment: 'USD, exact' }),
  prix_usd: decimal(38, 18, { notNull: true, round: true, comment: 'USD, exact' }),
  variation_24h_pourcent: decimal(38, 18, { ...loosely, comment: 'Percent over 24 hours, as CoinCap gives it' }),
  vwap_24h: decimal(38, 18, { ...loosely, comment: 'Volume-weighted mean price of 24 hours, USD' }),
  timestamp_import: timestamp({ notNull: true, comment: 'Logical time of the run: one value a snapshot' }),
}

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

/** What the snapshots of an asset come to in a bucket of time. */
const bucket = {
  ...pick(assets, 'crypto_id', 'symbole', 'nom'),
  instantanes: integer({ notNull: true, comment: 'Snapshots in the bucket' }),
  prix_min: decimal(38, 18, { notNull: true }),
  prix_max: decimal(38, 18, { notNull: true }),
  prix_somme: decimal(38, 18, { notNull: true, comment: 'Of all snapshots, for the mean' }),
  prix_cloture: decimal(38, 18, { notNull: true, comment: 'Price of the last snapshot in the bucket' }),
  market_cap_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
  volume_24h_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
}

/** Rollups are computed where all snapshots are kept: the warehouse keeps its own for a week only. */
export const hourly = dataset('silver.crypto_horaire', {
  on: 'lake',
  description: 'The hours that each batch of snapshots touched, as they then stood',
  columns: { heure: timestamp({ notNull: true, comment: 'Start of the hour, UTC' }), ...bucket },
  key: ['crypto_id', 'heure'],
})
export const daily = dataset('silver.crypto_quotidien', {
  on: 'lake',
  description: 'The days that each batch of snapshots touched, as they then stood',
  columns: { jour: date({ notNull: true, comment: 'Day in Paris' }), ...bucket },
  key: ['crypto_id', 'jour'],
})

/** Filled by hand: `sluice lake export gold.assets --from silver.assets`. */
export const exportedAssets = dataset('gold.assets', { on: 'lake', description: 'Typed rows as a file for others', files: 'parquet' })
export const dailyReports = dataset('gold.daily_reports', { on: 'lake', description: 'The report as people read it', files: 'text/plain' })
export const dayReports = dataset('gold.day_reports', { on: 'lake', description: 'The report of each closed day', files: 'text/plain' })
