import { group, sql, task, text } from 'sluice'
import { coincap } from 'sluice/coincap'
import { coincapAssets } from '../datasets/lake.ts'
import { fewestAssets, processing } from '../settings/steps.ts'

const checks = group('checks', { timeout: '1m', retry: { attempts: 3, delay: '5s', backoff: 'exponential' } })

export const checkApi = task({
  name: 'check_coincap_api',
  in: checks,
  description:
    'The budget has credits for a run, and CoinCap answers: asked without the key, which costs none. The first page shows that it takes our key',
  run: async (_, { http, connection, budget }) => {
    await budget('coincap').admit()
    return await coincap(http, connection('coincap')).ping()
  },
})

export const checkDatabase = task({
  name: 'check_database_connection',
  in: checks,
  description: 'The warehouse answers',
  run: (_, { warehouse }) => warehouse.rows({ database: text() }, sql`select current_database()::text as database`),
})

export const extractAssets = task({
  name: 'extract_assets',
  in: processing,
  after: [checkApi],
  fills: [coincapAssets],
  description: 'The answers of CoinCap, as they came, into bronze',
  retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
  timeout: '5m',
  run: (_, { lake, http, connection, budget, params, variable }) => {
    const source = coincap(http, connection('coincap'), { budget: budget('coincap') })
    const count = params.assets ?? variable('asset_count')
    return lake.land(coincapAssets, source.assets({ count, fewest: fewestAssets }))
  },
})
