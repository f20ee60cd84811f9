import { dataset, date, decimal, identity, integer, pick, sqlFile, text, timestamp } from 'sluice'
import { daily, hourly, snapshot } from './lake.ts'

const computed = (file: string) => sqlFile(import.meta, file)()

export const cryptoTempsReel = dataset('public.crypto_temps_reel', {
  on: 'warehouse',
  description: 'Snapshots of the highest ranked crypto assets, one row an asset and snapshot',
  owner: 'data-team',
  tags: ['dashboard', 'report'],
  fresh: '1h',
  columns: {
    id: identity({ comment: 'Running number of the row' }),
    ...snapshot,
    market_cap_milliards: decimal(38, 9, { generated: 'round(market_cap_usd / 1000000000, 9)', comment: 'Billions of USD' }),
    volume_24h_millions: decimal(38, 6, { generated: 'round(volume_24h_usd / 1000000, 6)', comment: 'Millions of USD' }),
    date_import: date({ generated: "(timestamp_import at time zone 'Europe/Paris')::date", comment: 'Day of the snapshot in Paris' }),
    heure_import: text({ max: 20, generated: computed('heure-import.sql'), comment: 'Time of the snapshot in Paris' }),
    categorie: text({ max: 50, generated: computed('categorie.sql'), comment: 'By market capitalisation: 10 and 1 billion USD' }),
    tendance: text({ max: 50, generated: computed('tendance.sql'), comment: 'By the 24 h variation: 0.5 and 5 percent' }),
    created_at: timestamp({ notNull: true, default: 'now()', comment: 'When the row was written' }),
  },
  key: ['crypto_id', 'timestamp_import'],
  order: 'timestamp_import',
  keep: '7d',
  indexes: [{ unique: ['id'] }, 'date_import', 'rang', 'symbole', 'tendance', 'timestamp_import'],
})

/** The mean is divided here, where division of decimals is exact to the last digit kept. */
const prix_moyen = decimal(38, 18, { generated: 'round(prix_somme / instantanes, 18)', comment: 'USD' })

export const cryptoHoraire = dataset('public.crypto_horaire', {
  on: 'warehouse',
  description: 'Hourly rollup of the snapshots, by asset',
  columns: { ...hourly.columns, prix_moyen },
  key: hourly.key,
  indexes: ['heure'],
})

export const cryptoQuotidien = dataset('public.crypto_quotidien', {
  on: 'warehouse',
  description: 'Daily rollup of the snapshots, by asset',
  columns: { ...daily.columns, prix_moyen },
  key: daily.key,
  indexes: ['jour'],
})

export const monitoringStats = dataset('public.monitoring_stats', {
  on: 'warehouse',
  description: 'One row a check of the market',
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
export const cryptoAnomalies = dataset('public.crypto_anomalies', {
  on: 'warehouse',
  description: 'Assets whose variation or volume broke an anomaly rule',
  columns: {
    ...pick(cryptoTempsReel, 'crypto_id', 'symbole', 'nom', 'rang'),
    snapshot: timestamp({ notNull: true }),
    regle: text({ max: 20, notNull: true, comment: 'variation or volume' }),
    valeur: decimal(38, 18, { notNull: true, comment: 'Percent, or USD' }),
    seuil: decimal(38, 18, { notNull: true, comment: 'The highest threshold that the value passes' }),
    severite: text({ max: 20, notNull: true, comment: 'warning or critical, each with a threshold of its own' }),
    version_regle: integer({ notNull: true, comment: 'Version of the rules that applied' }),
    detecte_a: timestamp({ notNull: true, comment: 'Logical time of the check that found it first' }),
  },
  key: ['crypto_id', 'snapshot', 'regle'],
  indexes: ['detecte_a'],
})
