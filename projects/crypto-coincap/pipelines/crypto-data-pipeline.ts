import { cron, dayIn, email, group, instant, pipeline, qualityErrors, skip, sql, task, timeIn } from 'sluice'
import { recipients } from '../mails/recipients.ts'
import { successMail } from '../mails/success.ts'
import { assetsOf } from '../models/assets.ts'
import { loadAssets } from '../models/load-assets.ts'
import { dailyOf, hourlyOf } from '../models/rollups.ts'
import { dailyReport } from '../reports/daily-report.ts'
import { untilBack } from '../settings/until-back.ts'
import { checkApi, checkDatabase, extractAssets } from '../sources/assets.ts'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'

const cleanupOldData = task({
  name: 'cleanup_old_data',
  after: { checkApi, checkDatabase },
  description: 'Snapshots older than 7 days leave the warehouse; hourly and daily rollups stay',
  retry: { attempts: 3, delay: '5s', backoff: 'exponential' },
  run: async (_, { warehouse, log }) => {
    const { deleted } = await warehouse.retain(cryptoTempsReel, { column: 'timestamp_import', olderThan: '7d' })
    log.info('old snapshots deleted', { deleted })
    return { deleted }
  },
})

/** The original's one Spark job is a group of steps here: land, clean, load, roll up. */
const process = group('process_crypto_data', { retry: untilBack })
const extract = extractAssets(process, { cleanupOldData })
const assets = assetsOf(extract, 'logical time', { in: process })
const loaded = loadAssets(assets, { in: process })
const hourly = hourlyOf(loaded, { in: process })
const daily = dailyOf(loaded, { in: process })

const verifyResults = task({
  name: 'verify_results',
  needs: { loaded, hourly, daily },
  retry: untilBack,
  description: 'What the load says it wrote is there, and the rollups hold every asset of it',
  run: async ({ loaded, hourly, daily }, { warehouse, interval, log }) => {
    const [found] = await warehouse.query<{ rows: number; assets: number }>(sql`
      select count(*)::int as rows, count(distinct crypto_id)::int as assets from ${cryptoTempsReel} where timestamp_import = ${instant(interval.end)}`)
    if (found === undefined || found.rows === 0 || found.rows !== loaded.rows || hourly.rows < found.assets || daily.rows < found.assets) {
      throw qualityErrors.failed(`${found?.rows ?? 0} rows of the snapshot are in the warehouse, ${loaded.rows} were loaded`, {
        facts: { ...found, loaded: loaded.rows, hourly: hourly.rows, daily: daily.rows },
        next: 'Look at the ledger of this run, then clear load_crypto_temps_reel.',
      })
    }
    log.info('snapshot verified', { ...found })
    return found
  },
})

const verifyQuality = task({
  name: 'verify_data_quality',
  needs: { verified: verifyResults },
  retry: untilBack,
  description: 'The ten highest ranks are all there',
  run: async (_, { warehouse, interval, log }) => {
    const [found] = await warehouse.query<{ top: number }>(sql`
      select count(*)::int as top from ${cryptoTempsReel} where timestamp_import = ${instant(interval.end)} and rang <= 10`)
    const top = found?.top ?? 0
    if (top < 10) {
      throw qualityErrors.failed(`Données insuffisantes: ${top} enregistrements`, {
        facts: { top },
        next: 'Look at the quarantined rows (sluice lake read silver.assets__quarantine), then clear extract_assets once the source is sound.',
      })
    }
    log.info('the top 10 is complete', { top })
  },
})

const generateReport = task({
  name: 'generate_daily_report',
  after: { verifyQuality },
  retry: untilBack,
  description: 'The day in one page, from the latest snapshot alone; its text is kept in bronze.daily_reports',
  run: async (_, { warehouse, lake, interval, timeZone, log }) => {
    const snapshot = sql`from ${cryptoTempsReel} where timestamp_import = ${instant(interval.end)}`
    const top = await warehouse.query<{ rang: number; symbole: string; nom: string; prix_usd: string; variation: string | null }>(sql`
      select rang, symbole, nom, prix_usd, variation_24h_pourcent as variation ${snapshot} order by rang limit 10`)
    const [totals] = await warehouse.query<{ cap: string; mean: string | null; weighted: string | null }>(sql`
      select coalesce(sum(market_cap_usd), 0) as cap, avg(variation_24h_pourcent) as mean,
        sum(variation_24h_pourcent * market_cap_usd) / nullif(sum(market_cap_usd) filter (where variation_24h_pourcent is not null), 0) as weighted
      ${snapshot}`)
    const lines = dailyReport({
      day: dayIn(interval.end, timeZone),
      time: timeIn(interval.end, timeZone),
      top,
      marketCapUsd: totals?.cap ?? '0',
      meanVariation: totals?.mean ?? null,
      weightedVariation: totals?.weighted ?? null,
    })
    await lake.land('bronze.daily_reports', oneBody('report:daily', lines.join('\n'), interval.end))
    for (const line of lines) log.info(line)
    return { lines }
  },
})

async function* oneBody(source: string, body: string, receivedAt: number) {
  yield { source, request: 'generate_daily_report', receivedAt, body }
}

const sendSuccessEmail = task({
  name: 'send_success_email',
  needs: { report: generateReport, verified: verifyResults },
  retry: untilBack,
  description: 'The report by mail; a backfill of the past sends none',
  run: async ({ report, verified }, { run, interval, timeZone, notify, variable }) => {
    if (run.trigger === 'backfill') skip('a backfill sends no mail')
    const mail = successMail(dayIn(interval.end, timeZone), verified.rows, report.lines)
    return notify.send({
      key: 'success',
      to: recipients(variable('mail_to')),
      ...mail,
    })
  },
})

const end = task({ name: 'end', after: { sendSuccessEmail }, rule: 'none_failed', run: () => {} })

export default pipeline({
  name: 'crypto_data_pipeline',
  description: 'CoinCap -> bronze -> silver -> warehouse -> report, every 30 minutes',
  schedule: cron('*/30 * * * *'),
  catchup: false,
  // Of one run: how many of the highest ranked assets; the setting COINCAP_ASSET_COUNT unless given.
  params: { assets: null },
  tags: ['crypto', 'coincap'],
  notify: { failure: [email('data-team')] },
  steps: [end],
})
