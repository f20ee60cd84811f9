import { decimal, integer, table, text, timestamp } from 'sluice'

/** What a check of the market found. */
export const monitoringStats = table({
  name: 'public.monitoring_stats',
  comment: 'One row a check of the market',
  columns: {
    check_timestamp: timestamp({ notNull: true, comment: 'Logical time of the check' }),
    snapshot: timestamp({ notNull: true, comment: 'The snapshot that was looked at' }),
    records_count: integer({ notNull: true }),
    anomalies_detected: integer({ notNull: true }),
    market_cap_total: decimal(38, 18, { comment: 'USD' }),
    created_at: timestamp({ notNull: true, default: 'now()' }),
  },
  key: ['check_timestamp'],
})

/** An asset that broke a rule in a snapshot; found once, whoever looks again. */
export const cryptoAnomalies = table({
  name: 'public.crypto_anomalies',
  comment: 'Assets whose variation or volume broke an anomaly rule',
  columns: {
    crypto_id: text({ max: 100, notNull: true }),
    snapshot: timestamp({ notNull: true }),
    regle: text({ max: 20, notNull: true, comment: 'variation or volume' }),
    symbole: text({ max: 20, notNull: true }),
    nom: text({ max: 100, notNull: true }),
    rang: integer({ notNull: true }),
    valeur: decimal(38, 18, { notNull: true, comment: 'Percent, or USD' }),
    seuil: decimal(38, 18, { notNull: true, comment: 'The highest threshold that the value passes' }),
    severite: text({ max: 20, notNull: true, comment: 'warning or critical, each with a threshold of its own' }),
    version_regle: integer({ notNull: true, comment: 'Version of the rules that applied' }),
    detecte_a: timestamp({ notNull: true, comment: 'Logical time of the check that found it first' }),
  },
  key: ['crypto_id', 'snapshot', 'regle'],
  indexes: [{ columns: ['detecte_a'] }],
})
