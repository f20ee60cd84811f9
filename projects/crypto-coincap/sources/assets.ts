import { type Group, group, type Step, sql, task } from 'sluice'
import { coincap } from 'sluice/coincap'

export const checks = group('checks', { timeout: '1m', retry: { attempts: 3, delay: '5s', backoff: 'exponential' } })

export const start = task({ name: 'start', run: () => {} })

export const checkApi = task({
  name: 'check_coincap_api',
  in: checks,
  after: { start },
  description: 'CoinCap answers and takes our key',
  run: async (_, { http, connection, log }) => {
    const { ms } = await coincap(http, connection('coincap')).ping()
    log.info('CoinCap answers', { ms })
    return { ms }
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

/** The answers of CoinCap, as they came, into bronze. */
export const extractAssets = (within: Group, after: Readonly<Record<string, Step>>) =>
  task({
    name: 'extract_assets',
    in: within,
    after,
    description: 'The answers of CoinCap, as they came, into bronze',
    retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
    timeout: '5m',
    run: (_, { lake, http, connection, variable }) =>
      lake.land('bronze.coincap_assets', coincap(http, connection('coincap')).assets({ count: Number(variable('asset_count')) })),
  })
