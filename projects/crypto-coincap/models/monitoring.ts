import { formatInstant, model, qualityErrors, sqlFile, task, text, timestamp } from 'sluice'
import { cryptoAnomalies, cryptoTempsReel, monitoringStats } from '../datasets/warehouse.ts'
import { anomalyRules } from '../settings/anomaly-rules.ts'

const market = { market: cryptoTempsReel }
const top10 = sqlFile(import.meta, 'top-10.sql')(market)
/** Chosen once a run: whatever is imported meanwhile, the steps after it look at the same snapshot. */
export const checkTop10 = task({
  name: 'check_top_10_cryptos',
  reads: [cryptoTempsReel],
  description: 'Chooses the newest snapshot and tells its ten highest ranked assets',
  run: async (_, { warehouse, log }) => {
    const [found] = await warehouse.rows({ snapshot: timestamp(), top: text() }, top10)
    const next = 'Run crypto_data_pipeline first: sluice pipelines trigger crypto_data_pipeline --wait.'
    if (typeof found?.snapshot !== 'number') throw qualityErrors.failed('the check found no snapshot', { next })
    const snapshot = formatInstant(found.snapshot)
    log.info(`the snapshot of ${snapshot}: ${found.top}`)
    return { snapshot }
  },
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
