import { date, decimal, integer, pick, text, timestamp } from 'sluice'

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

/** What the snapshots of an asset come to in a bucket of time. */
const bucket = {
  ...pick({ columns: snapshot }, 'crypto_id', 'symbole', 'nom'),
  instantanes: integer({ notNull: true, comment: 'Snapshots in the bucket' }),
  prix_min: decimal(38, 18, { notNull: true }),
  prix_max: decimal(38, 18, { notNull: true }),
  prix_somme: decimal(38, 18, { notNull: true, comment: 'Of all snapshots, for the mean' }),
  prix_cloture: decimal(38, 18, { notNull: true, comment: 'Price of the last snapshot in the bucket' }),
  market_cap_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
  volume_24h_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
}
export const hours = { heure: timestamp({ notNull: true, comment: 'Start of the hour, UTC' }), ...bucket }
export const days = { jour: date({ notNull: true, comment: 'Day in Paris' }), ...bucket }
