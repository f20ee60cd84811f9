import { dayIn, emails, message, note, paragraph, skip, sqlFile, task, text, timeIn, toned } from 'sluice'
import { dailyReports } from '../datasets/lake.ts'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets } from '../models/market.ts'
import { counted, leftOut, longDay, whole } from './french.ts'
import { reportLines } from './lines.ts'
import { assetColumns, finding, marketColumns, marketOf, marketParts } from './market.ts'

const topTen = sqlFile(import.meta, 'snapshot-top.sql')({ market: cryptoTempsReel })
const markets = marketOf({ rows: sqlFile(import.meta, 'snapshots.sql')({ market: cryptoTempsReel }) })
const previousRun = sqlFile(import.meta, 'previous-run.sql')

export const generateReport = task({
  name: 'generate_daily_report',
  needs: { cleaned: cleanAssets, loaded: loadAssets },
  reads: [cryptoTempsReel],
  fills: [dailyReports],
  description: 'The latest snapshot in one page, for the log; its text is kept in gold.daily_reports',
  run: async ({ cleaned, loaded }, { warehouse, lake, interval, timeZone, log }) => {
    const [market, before = null] = await warehouse.rows(marketColumns, markets)
    if (market === undefined) return skip('no snapshot is in the warehouse')
    const asideInLake = cleaned.quarantined ?? 0
    const report = {
      day: dayIn(interval.end, timeZone),
      time: timeIn(interval.end, timeZone),
      top: await warehouse.rows(assetColumns, topTen),
      market,
      before,
      leftOut: { rows: asideInLake + (loaded.quarantined ?? 0), of: cleaned.rows + asideInLake },
    }
    const lines = reportLines(report)
    await lake.put(dailyReports, lines.join('\n'))
    for (const line of lines) log.info(line)
    return report
  },
})

export const sendSuccessEmail = task({
  name: 'send_success_email',
  needs: { report: generateReport },
  description: 'A mail when imports succeed again, or for the first time: 48 a day would be muted. The closed day has its own report',
  run: async ({ report }, { run, notify, variable, warehouse }) => {
    if (run.trigger === 'backfill') return skip('a backfill sends no mail')
    const [last] = await warehouse.rows({ state: text() }, previousRun({ pipeline: run.pipeline, run: run.id }))
    if (last?.state === 'success') return skip('the run before succeeded, too: nothing has changed')
    const { day, time, market, leftOut: aside } = report
    const about = `Relevé du ${longDay(day)} à ${time.slice(0, 5)} · ${counted(market.assets, 'cryptomonnaie')} importées et vérifiées`
    const mail = message({
      subject: `Pipeline Crypto Réussi - ${day}`,
      title: finding(market),
      lang: 'fr',
      body: [
        paragraph(toned(about, 'quiet')),
        ...marketParts(report),
        ...leftOut(aside.rows, `sur ${whole(aside.of)}`).map((each) => note(each)),
      ],
      footer: last === undefined ? `Premier import réussi de ${run.pipeline}.` : `Les imports de ${run.pipeline} réussissent à nouveau.`,
    })
    return notify.send({ key: 'success', to: emails(variable('mail_to')), ...mail })
  },
})
