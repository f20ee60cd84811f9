import { budget, env, httpConnection, project, secret } from 'sluice'
import { fewestAssets } from './settings/steps.ts'

const assetCount = env('COINCAP_ASSET_COUNT', { default: '120', description: 'How many of the highest ranked assets a snapshot holds' })
const bytesPerItem = env('COINCAP_BYTES_PER_ASSET', { default: '450', description: 'Payload of one asset in an answer, in bytes' })
const pagesOf = <Count>(items: Count) => ({ items, itemsPerCall: 100, bytesPerItem })

export default project({
  name: 'crypto-coincap',
  description: 'Crypto assets of CoinCap every 30 minutes: collected, cleaned, stored, watched, reported',
  timeZone: 'Europe/Paris',
  language: 'fr',
  warehouse: { database: 'crypto_db' },
  connections: {
    coincap: httpConnection({
      url: env('COINCAP_BASE_URL', { default: 'https://rest.coincap.io/v3', description: 'Base URL of CoinCap v3' }),
      token: secret('COINCAP_API_KEY', { description: 'Key from pro.coincap.io' }),
    }),
  },
  variables: {
    mail_to: env('CRYPTO_MAIL_TO', {
      default: 'data-team',
      description: 'Who gets reports and alerts: addresses or mail groups, separated by commas',
    }),
    asset_count: assetCount,
  },
  budgets: {
    coincap: budget({
      connection: 'coincap',
      creditsPerMonth: env('COINCAP_CREDITS_PER_MONTH', {
        default: '2500',
        description: 'Credits of the account a month; the free plan has 2500',
      }),
      tariff: {
        perCall: env('COINCAP_CREDITS_PER_CALL', { default: '1', description: 'Credits of a call, whatever its size' }),
        bytesPerCredit: env('COINCAP_BYTES_PER_CREDIT', { default: '2500', description: 'Bytes of payload that one more credit pays for' }),
      },
      onExceeded: env('COINCAP_BUDGET_MODE', { default: 'refuse', description: 'refuse, degrade or warn; the demo only warns' }),
      uses: [{ pipeline: 'crypto_data_pipeline', perRun: [pagesOf(assetCount)], degraded: [pagesOf(fewestAssets)] }],
    }),
  },
  demo: {
    simulators: { coincap: '@sluice/simulator-coincap' },
    pipelines: ['crypto_data_pipeline', 'crypto_monitoring'],
    report: 'gold.daily_reports',
    history: {
      days: 35,
      every: '30m',
      connection: 'coincap',
      pipeline: 'crypto_history',
      task: 'land_snapshots',
      dataset: 'bronze.coincap_assets',
    },
  },
})
