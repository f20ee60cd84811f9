import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'crypto-coincap',
  description: 'Crypto assets of CoinCap every 30 minutes: collected, cleaned, stored, watched, reported',
  timeZone: 'Europe/Paris',
  warehouse: { database: 'crypto_db' },
  connections: {
    coincap: httpConnection({
      url: env('COINCAP_BASE_URL', { default: 'https://rest.coincap.io/v3', description: 'Base URL of CoinCap v3' }),
      token: secret('COINCAP_API_KEY', { description: 'Key from pro.coincap.io' }),
    }),
  },
  variables: {
    mail_to: env('CRYPTO_MAIL_TO', { default: 'crypto@example.org', description: 'Who gets reports and alerts, separated by commas' }),
    asset_count: env('COINCAP_ASSET_COUNT', { default: '120', description: 'How many of the highest ranked assets a snapshot holds' }),
  },
  demo: {
    simulators: { coincap: '@sluice/simulator-coincap' },
    pipelines: ['crypto_data_pipeline', 'crypto_monitoring'],
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
