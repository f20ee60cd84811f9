import { dayIn, note, report, skip, sqlFile, task, text, timeIn } from 'sluice'
import { dailyReports } from '../datasets/lake.ts'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets } from '../models/market.ts'
import { readers } from '../settings/steps.ts'
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
    const facts = {
      day: dayIn(interval.end, timeZone),
      time: timeIn(interval.end, timeZone),
      top: await warehouse.rows(assetColumns, topTen),
      market,
      before,
      leftOut: { rows: asideInLake + (loaded.quarantined ?? 0), of: cleaned.rows + asideInLake },
    }
    const lines = reportLines(facts)
    await lake.put(dailyReports, lines.join('\n'))
    for (const line of lines) log.info(line)
    return facts
  },
})

export const sendSuccessEmail = report({
  name: 'send_success_email',
  needs: { imported: generateReport },
  to: readers,
  description: 'A mail when imports succeed again, or for the first time: 48 a day would be muted. The closed day has its own report',
  write: async ({ imported }, { run, warehouse }) => {
    const [last] = await warehouse.rows({ state: text() }, previousRun({ pipeline: run.pipeline, run: run.id }))
    if (last?.state === 'success') return skip('the run before succeeded, too: nothing has changed')
    const { day, time, market, leftOut: aside } = imported
    return {
      subject: `Pipeline Crypto Réussi - ${day}`,
      title: finding(market),
      lang: 'fr',
      about: `Relevé du ${longDay(day)} à ${time.slice(0, 5)} · ${counted(market.assets, 'cryptomonnaie')} importées et vérifiées`,
      body: [...marketParts(imported), ...leftOut(aside.rows, `sur ${whole(aside.of)}`).map((each) => note(each))],
      footer: last === undefined ? `Premier import réussi de ${run.pipeline}.` : `Les imports de ${run.pipeline} réussissent à nouveau.`,
    }
  },
})
