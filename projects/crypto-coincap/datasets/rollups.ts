import { type Columns, dataset, date, decimal, integer, text, timestamp } from 'sluice'

/** What a bucket of one asset holds, in lake and warehouse. */
const bucket = {
  crypto_id: text({ max: 100, notNull: true }),
  symbole: text({ max: 20, notNull: true }),
  nom: text({ max: 100, notNull: true }),
  instantanes: integer({ notNull: true, comment: 'Snapshots in the bucket' }),
  prix_min: decimal(38, 18, { notNull: true }),
  prix_max: decimal(38, 18, { notNull: true }),
  prix_somme: decimal(38, 18, { notNull: true, comment: 'Of all snapshots, for the mean' }),
  prix_cloture: decimal(38, 18, { notNull: true, comment: 'Price of the last snapshot in the bucket' }),
  market_cap_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
  volume_24h_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
} satisfies Columns
export const hours = { heure: timestamp({ notNull: true, comment: 'Start of the hour, UTC' }), ...bucket }
export const days = { jour: date({ notNull: true, comment: 'Day in Paris' }), ...bucket }

/** Computed where all snapshots are kept: the warehouse keeps its own for a week only. */
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
