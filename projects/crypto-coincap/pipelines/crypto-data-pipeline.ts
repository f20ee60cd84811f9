import { cron, dayIn, instant, load, pipeline, SluiceError, sql, task, timeIn } from 'sluice'
import { assets } from '../models/assets.ts'
import { dailyReport } from '../reports/daily-report.ts'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'

/** A warehouse that restarts is back within seconds. */
const untilBack = { attempts: 4, delay: '2s', backoff: 'exponential' } as const

const loadAssets = load({
  from: assets,
  into: cryptoTempsReel,
  mode: 'append',
  retry: untilBack,
  timeout: '5m',
  columns: {
    crypto_id: 'asset_id',
    rang: 'rank',
    symbole: 'symbol',
    nom: 'name',
    supply_circulant: 'supply',
    supply_max: 'max_supply',
    prix_usd: 'price_usd',
    variation_24h_pourcent: 'change_24h_percent',
    vwap_24h: 'vwap_24h_usd',
    timestamp_import: 'snapshot_at',
  },
})

const verifyResults = task({
  name: 'verify_results',
  needs: { loaded: loadAssets },
  retry: untilBack,
  description: 'What the load says it wrote is there, and the ten highest ranks are in it',
  run: async ({ loaded }, { warehouse, interval, log }) => {
    const [found] = await warehouse.query<{ rows: number; top: number }>(sql`
      select count(*)::int as rows, count(*) filter (where rang <= 10)::int as top
      from ${cryptoTempsReel} where timestamp_import = ${instant(interval.end)}`)
    if (found === undefined || found.rows !== loaded.rows || found.top < 10) {
      throw new SluiceError(
        'quality.failed',
        `Données insuffisantes: ${found?.top ?? 0} enregistrements dans le top 10, ${found?.rows ?? 0} sur ${loaded.rows} chargés`,
        {
          facts: { ...found, loaded: loaded.rows },
          next: 'Look at the quarantined rows of this batch, then clear extract_assets once the source is sound.',
        },
      )
    }
    log.info('snapshot verified', { ...found })
    return found
  },
})

const generateReport = task({
  name: 'generate_daily_report',
  needs: { verified: verifyResults },
  retry: untilBack,
  description: 'The day in one page, from the latest snapshot alone',
  run: async (_, { warehouse, interval, timeZone, log }) => {
    const snapshot = sql`from ${cryptoTempsReel} where timestamp_import = ${instant(interval.end)}`
    const top = await warehouse.query<{ rang: number; symbole: string; nom: string; prix_usd: string; variation: string | null }>(sql`
      select rang, symbole, nom, prix_usd, variation_24h_pourcent as variation ${snapshot} order by rang limit 10`)
    const [totals] = await warehouse.query<{ cap: string; mean: string | null }>(sql`
      select coalesce(sum(market_cap_usd), 0) as cap, avg(variation_24h_pourcent) as mean ${snapshot}`)
    const lines = dailyReport({
      day: dayIn(interval.end, timeZone),
      time: timeIn(interval.end, timeZone),
      top,
      marketCapUsd: totals?.cap ?? '0',
      meanVariation: totals?.mean ?? null,
    })
    for (const line of lines) log.info(line)
    return { lines: lines.length }
  },
})

export default pipeline({
  name: 'crypto_data_pipeline',
  description: 'CoinCap -> bronze -> silver -> warehouse -> report, every 30 minutes',
  schedule: cron('*/30 * * * *'),
  catchup: false,
  tags: ['crypto', 'coincap'],
  steps: [generateReport],
})
