import { group, type Pages, positiveInteger, sql, type TaskContext, task, text } from 'sluice'
import { coincap } from 'sluice/coincap'
import { coincapAssets } from '../datasets/lake.ts'
import { fewestAssets, processing } from '../settings/steps.ts'

const checks = group('checks', { timeout: '1m', retry: { attempts: 3, delay: '5s', backoff: 'exponential' } })

export const checkApi = task({
  name: 'check_coincap_api',
  in: checks,
  description: 'The budget has credits for a run, CoinCap answers and takes our key',
  run: async (_, { http, connection, budget, log }) => {
    const { admit, tariff } = budget('coincap')
    await admit()
    const { ms, credits } = await coincap(http, connection('coincap'), { tariff }).ping()
    log.info('CoinCap answers', { ms, credits })
    return { ms, credits }
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
  needs: { api: checkApi },
  fills: [coincapAssets],
  description: 'The answers of CoinCap, as they came, into bronze',
  retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
  timeout: '5m',
  run: ({ api }, context) => context.lake.land(coincapAssets, snapshot(context, api.credits)),
})

const howToSet =
  'Give the parameter "assets", or set COINCAP_ASSET_COUNT, as a whole number above 0; "sluice config explain COINCAP_ASSET_COUNT" shows where it comes from.'

/** Asks the budget with the first page: a batch that is in bronze already costs nothing and is never refused. */
async function* snapshot({ http, connection, budget, variable, params }: TaskContext, spentBefore: number): Pages {
  const { admit, tariff } = budget('coincap')
  const { degraded } = await admit()
  const count = degraded ? fewestAssets : positiveInteger(params.assets ?? variable('asset_count'), 'number of assets', howToSet)
  yield* coincap(http, connection('coincap'), { tariff }).assets({ count, spentBefore })
}
