import { group, type Pages, positiveInteger, sql, type TaskContext, task, text } from 'sluice'
import { coincap } from 'sluice/coincap'
import { coincapAssets } from '../datasets/lake.ts'
import { fewestAssets, processing } from '../settings/steps.ts'

const checks = group('checks', { timeout: '1m', retry: { attempts: 3, delay: '5s', backoff: 'exponential' } })

export const checkApi = task({
  name: 'check_coincap_api',
  in: checks,
  description:
    'The budget has credits for a run, and CoinCap answers: asked without the key, which costs none. The first page shows that it takes our key',
  run: async (_, { http, connection, budget, log }) => {
    await budget('coincap').admit()
    const { ms } = await coincap(http, connection('coincap')).ping()
    log.info('CoinCap answers', { ms })
  },
})

export const checkDatabase = task({
  name: 'check_database_connection',
  in: checks,
  description: 'The warehouse answers',
  run: async (_, { warehouse, log }) => {
    const [row] = await warehouse.rows({ database: text() }, sql`select current_database()::text as database`)
    log.info('warehouse answers', { database: row?.database })
  },
})

export const extractAssets = task({
  name: 'extract_assets',
  in: processing,
  after: [checkApi],
  fills: [coincapAssets],
  description: 'The answers of CoinCap, as they came, into bronze',
  retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
  timeout: '5m',
  run: (_, context) => context.lake.land(coincapAssets, snapshot(context)),
})

const howToSet =
  'Give the parameter "assets", or set COINCAP_ASSET_COUNT, as a whole number above 0; "sluice config explain COINCAP_ASSET_COUNT" shows where it comes from.'

/** Asks the budget with the first page: a batch that is in bronze already costs nothing and is never refused. */
async function* snapshot({ http, connection, budget, variable, params }: TaskContext): Pages {
  const { admit, tariff } = budget('coincap')
  const { degraded } = await admit()
  const count = degraded ? fewestAssets : positiveInteger(params.assets ?? variable('asset_count'), 'number of assets', howToSet)
  yield* coincap(http, connection('coincap'), { tariff }).assets({ count })
}
