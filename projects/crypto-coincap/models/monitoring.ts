import { check, model, sqlFile } from 'sluice'
import { cryptoAnomalies, cryptoTempsReel, monitoringStats } from '../datasets/warehouse.ts'
import { anomalyRules } from '../settings/anomaly-rules.ts'

const market = { market: cryptoTempsReel }
/** Chosen once a run: whatever is imported meanwhile, the steps after it look at the same snapshot. */
export const checkTop10 = check({
  name: 'check_top_10_cryptos',
  on: cryptoTempsReel,
  description: 'Chooses the newest snapshot and tells its ten highest ranked assets',
  rule: sqlFile(import.meta, 'top-10.sql')(market),
  message: 'the check found no snapshot',
  next: 'Run crypto_data_pipeline first: sluice pipelines trigger crypto_data_pipeline --wait.',
})

const anomalies = sqlFile(import.meta, 'anomalies.sql')
export const detectAnomalies = model({
  into: cryptoAnomalies,
  from: market,
  needs: { chosen: checkTop10 },
  refresh: 'key',
  query: (from, context) => anomalies({ ...from, known: cryptoAnomalies, rules: JSON.stringify(anomalyRules.versions) }, context),
})

export const marketFigures = model({
  into: monitoringStats,
  from: { ...market, anomalies: cryptoAnomalies },
  needs: { chosen: checkTop10 },
  refresh: 'key',
  query: sqlFile(import.meta, 'market-figures.sql'),
})
