import { dayIn, emails, pick, skip, sql, task, text, timeIn } from 'sluice'
import { dailyReports } from '../datasets/lake.ts'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets } from '../models/market.ts'
import { longDay, several, whole } from './french.ts'
import { reportLines } from './lines.ts'
import { marketFigures, marketOf } from './market.ts'
import { marketMail } from './market-mail.ts'

const topTen = sql`
  select rang, symbole, nom, prix_usd, variation_24h_pourcent from ${cryptoTempsReel.latest} order by rang limit 10`
const now = marketOf(sql`select variation_24h_pourcent as variation, market_cap_usd as cap from ${cryptoTempsReel.latest}`)
/** The snapshot nearest to 24 hours earlier, at most two hours older. */
const yesterday = marketOf(sql`
  select variation_24h_pourcent as variation, market_cap_usd as cap from ${cryptoTempsReel.since('26h')} s
  where timestamp_import = (
    select max(a.timestamp_import) from ${cryptoTempsReel.since('26h')} a
    where a.timestamp_import <= (select max(l.timestamp_import) - interval '24 hours' from ${cryptoTempsReel.latest} l))`)
const ofAsset = pick(cryptoTempsReel, 'rang', 'symbole', 'nom', 'prix_usd', 'variation_24h_pourcent')
const nothing = { assets: 0, total: null, mean: null, weighted: null, up: 0, down: 0 }

export const generateReport = task({
  name: 'generate_daily_report',
  needs: { cleaned: cleanAssets, loaded: loadAssets },
  reads: [cryptoTempsReel],
  fills: [dailyReports],
  description: 'The latest snapshot in one page, for the log; its text is kept in gold.daily_reports',
  run: async ({ cleaned, loaded }, { warehouse, lake, interval, timeZone, log }) => {
    const top = await warehouse.rows(ofAsset, topTen)
    const [market = nothing] = await warehouse.rows(marketFigures, now)
    const [before = nothing] = await warehouse.rows(marketFigures, yesterday)
    const rows = (cleaned.quarantined ?? 0) + (loaded.quarantined ?? 0)
    const report = {
      day: dayIn(interval.end, timeZone),
      time: timeIn(interval.end, timeZone),
      top: top.map(({ prix_usd: prix, variation_24h_pourcent: jour, ...asset }) => ({ ...asset, prix, jour })),
      market,
      before: before.assets === 0 ? undefined : before,
      leftOut: { rows, of: cleaned.rows + (cleaned.quarantined ?? 0) },
    }
    const lines = reportLines(report)
    await lake.put(dailyReports, lines.join('\n'))
    for (const line of lines) log.info(line)
    return { ...report, before: report.before ?? null }
  },
})

/** How the run before this one ended; runs come to the warehouse when they have ended. */
const previous = (pipeline: string, run: string) => sql`
  select state from public.sluice_runs where pipeline = ${pipeline} and run <> ${run} and state in ('success', 'failed')
  order by logical_time desc, ended_at desc limit 1`

export const sendSuccessEmail = task({
  name: 'send_success_email',
  needs: { report: generateReport },
  description: 'A mail when imports succeed again, or for the first time: 48 a day would be muted. The closed day has its own report',
  run: async ({ report }, { run, notify, variable, warehouse }) => {
    if (run.trigger === 'backfill') return skip('a backfill sends no mail')
    const [last] = await warehouse.rows({ state: text() }, previous(run.pipeline, run.id))
    if (last?.state === 'success') return skip('the run before succeeded, too: nothing has changed')
    const { leftOut } = report
    return notify.send({
      key: 'success',
      to: emails(variable('mail_to')),
      ...marketMail({
        ...report,
        subject: `Pipeline Crypto Réussi - ${report.day}`,
        before: report.before ?? undefined,
        about: `Relevé du ${longDay(report.day)} à ${report.time.slice(0, 5)} · ${several(report.market.assets, 'cryptomonnaie')} importées et vérifiées`,
        remarks:
          leftOut.rows === 0
            ? []
            : [
                `${several(leftOut.rows, 'ligne mise', 'lignes mises')} de côté sur ${whole(leftOut.of)}\u00a0: sluice lake read silver.assets__quarantine.`,
              ],
        footer:
          last === undefined
            ? 'Premier import réussi de crypto_data_pipeline.'
            : 'Les imports de crypto_data_pipeline réussissent à nouveau.',
      }),
    })
  },
})
