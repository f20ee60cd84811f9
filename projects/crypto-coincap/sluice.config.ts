import { env, project } from 'sluice'
import { coincapBudget, coincapConnection } from 'sluice/coincap'
import { fewestAssets } from './settings/steps.ts'

const assetCount = env('COINCAP_ASSET_COUNT', { default: '120', description: 'How many of the highest ranked assets a snapshot holds' })

export default project({
  name: 'crypto-coincap',
  description: 'Crypto assets of CoinCap every 30 minutes: collected, cleaned, stored, watched, reported',
  timeZone: 'Europe/Paris',
  language: 'fr',
  warehouse: { database: 'crypto_db' },
  connections: { coincap: coincapConnection },
  variables: {
    mail_to: env('CRYPTO_MAIL_TO', {
      default: 'data-team',
      description: 'Who gets reports and alerts: addresses or mail groups, separated by commas',
    }),
    asset_count: assetCount,
  },
  budgets: { coincap: coincapBudget('coincap', { crypto_data_pipeline: { assets: assetCount, fewest: fewestAssets } }) },
  demo: {
    simulators: { coincap: '@sluice/simulator-coincap' },
    pipelines: ['crypto_data_pipeline', 'crypto_monitoring'],
    report: 'gold.daily_reports',
    history: { days: 35, every: '30m', connection: 'coincap', pipeline: 'crypto_history' },
  },
})
