import { decimal, integer, model, type Step, sql, timestamp } from 'sluice'
import { untilBack } from '../settings/until-back.ts'
import { cryptoAnomalies } from '../tables/monitoring.ts'
import { latestSnapshot } from './market.ts'

/** One row a check: how many assets the newest snapshot holds, how many anomalies it has, what the market is worth. */
export const monitoringStatsOf = (after: readonly Step[]) =>
  model({
    name: 'public.monitoring_stats',
    on: 'warehouse',
    after,
    retry: untilBack,
    description: 'What this check of the market found, in figures',
    columns: {
      check_timestamp: timestamp({ notNull: true }),
      snapshot: timestamp({ notNull: true }),
      records_count: integer({ notNull: true }),
      anomalies_detected: integer({ notNull: true }),
      market_cap_total: decimal(38, 18),
    },
    refresh: { by: 'key', key: ['check_timestamp'] },
    query: ({ interval }) => sql`
      select ${interval.end} as check_timestamp, timestamp_import as snapshot, count(*)::integer as records_count,
        (select count(*)::integer from ${cryptoAnomalies} a where a.snapshot = timestamp_import) as anomalies_detected,
        sum(market_cap_usd) as market_cap_total
      from ${latestSnapshot(interval.end)}
      group by timestamp_import`,
  })
