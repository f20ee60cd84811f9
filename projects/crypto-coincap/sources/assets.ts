import { configErrors, type Group, group, type Json, type Pages, type Step, sql, type TaskContext, task } from 'sluice'
import { coincap } from 'sluice/coincap'
import { fewestAssets } from '../settings/fewest-assets.ts'

export const checks = group('checks', { timeout: '1m', retry: { attempts: 3, delay: '5s', backoff: 'exponential' } })

export const start = task({ name: 'start', run: () => {} })

export const checkApi = task({
  name: 'check_coincap_api',
  in: checks,
  after: { start },
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
  after: { start },
  description: 'The warehouse answers',
  run: async (_, { warehouse, log }) => {
    const [row] = await warehouse.query<{ database: string }>(sql`select current_database() as database`)
    log.info('warehouse answers', { database: row?.database })
  },
})

/** The answers of CoinCap, as they came, into bronze; fewer of them when the budget must be spared. */
export const extractAssets = (within: Group, after: Readonly<Record<string, Step>>) =>
  task({
    name: 'extract_assets',
    in: within,
    needs: { api: checkApi },
    after,
    description: 'The answers of CoinCap, as they came, into bronze',
    retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
    timeout: '5m',
    run: ({ api }, context) => context.lake.land('bronze.coincap_assets', snapshot(context, api.credits)),
  })

/** Asks the budget with the first page: a batch that is in bronze already costs nothing and is never refused. */
async function* snapshot({ http, connection, budget, variable, params }: TaskContext, spentBefore: number): Pages {
  const { admit, tariff } = budget('coincap')
  const { degraded } = await admit()
  const count = degraded ? fewestAssets : countOf(params.assets ?? variable('asset_count'))
  yield* coincap(http, connection('coincap'), { tariff }).assets({ count, spentBefore })
}

/** Of the run's parameter `assets`, else of the setting. */
function countOf(given: Json): number {
  const count = Number(given)
  if (Number.isInteger(count) && count > 0) return count
  throw configErrors.invalid(`${JSON.stringify(given)} is no number of assets`, {
    next: 'Give the parameter "assets", or set COINCAP_ASSET_COUNT, as a whole number above 0; "sluice config explain COINCAP_ASSET_COUNT" shows where it comes from.',
  })
}
