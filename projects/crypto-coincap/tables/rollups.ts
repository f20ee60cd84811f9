import { type Columns, date, decimal, integer, table, text, timestamp } from 'sluice'

/** What a bucket of one asset holds. Kept when the snapshots themselves are gone. */
export const rollupColumns = {
  crypto_id: text({ max: 100, notNull: true }),
  symbole: text({ max: 20, notNull: true }),
  nom: text({ max: 100, notNull: true }),
  instantanes: integer({ notNull: true, comment: 'Snapshots in the bucket' }),
  prix_min: decimal(38, 18, { notNull: true }),
  prix_max: decimal(38, 18, { notNull: true }),
  prix_moyen: decimal(38, 18, { notNull: true }),
  prix_cloture: decimal(38, 18, { notNull: true, comment: 'Price of the last snapshot in the bucket' }),
  market_cap_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
  volume_24h_cloture: decimal(38, 18, { comment: 'USD, of the last snapshot in the bucket' }),
} satisfies Columns

export const cryptoHoraire = table({
  name: 'public.crypto_horaire',
  comment: 'Hourly rollup of the snapshots, by asset',
  columns: { heure: timestamp({ notNull: true, comment: 'Start of the hour, UTC' }), ...rollupColumns },
  key: ['crypto_id', 'heure'],
  indexes: [{ columns: ['heure'] }],
})

export const cryptoQuotidien = table({
  name: 'public.crypto_quotidien',
  comment: 'Daily rollup of the snapshots, by asset',
  columns: { jour: date({ notNull: true, comment: 'Day in Paris' }), ...rollupColumns },
  key: ['crypto_id', 'jour'],
  indexes: [{ columns: ['jour'] }],
})
