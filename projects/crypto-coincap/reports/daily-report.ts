import { dayIn, figure, heading, report, skip, sqlFile, table, text, timeIn } from 'sluice'
import { dailyReports } from '../datasets/lake.ts'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { cleanAssets, loadAssets } from '../models/market.ts'
import { readers } from '../settings/steps.ts'
import { counted, leftOut, longMoment, price, signedPercent, whole } from './french.ts'
import { assetColumns, finding, marketColumns, marketOf, marketParts, risenAndFallen, worth, yesterday } from './market.ts'

const topTen = sqlFile(import.meta, 'snapshot-top.sql')({ market: cryptoTempsReel })
const markets = marketOf({ rows: sqlFile(import.meta, 'snapshots.sql')({ market: cryptoTempsReel }) })
const previousRun = sqlFile(import.meta, 'previous-run.sql')

export const generateReport = report({
  name: 'generate_daily_report',
  needs: { cleaned: cleanAssets, loaded: loadAssets },
  reads: [cryptoTempsReel],
  into: dailyReports,
  description: 'The latest snapshot in one page, for the log; its text is kept in gold.daily_reports',
  write: async ({ cleaned, loaded }, { warehouse, interval, timeZone }) => {
    const [market, before = null] = await warehouse.rows(marketColumns, markets)
    if (market === undefined) return skip('no snapshot is in the warehouse')
    const top = await warehouse.rows(assetColumns, topTen)
    const asideInLake = cleaned.quarantined ?? 0
    const aside = { rows: asideInLake + (loaded.quarantined ?? 0), of: cleaned.rows + asideInLake }
    return {
      subject: `RAPPORT CRYPTO QUOTIDIEN - ${dayIn(interval.end, timeZone)}`,
      body: [
        heading('TOP 10'),
        table({
          rows: top,
          columns: [
            { name: 'Rang', align: 'right', cell: ({ rang }) => rang },
            { name: 'Symbole', cell: ({ symbole }) => symbole },
            { name: 'Nom', cell: ({ nom }) => nom },
            { name: 'Prix', align: 'right', cell: ({ prix }) => price(prix) },
            { name: '24 h', align: 'right', cell: ({ jour }) => signedPercent(jour) },
          ],
        }),
        figure({ label: 'Market Cap Total:', value: worth(market), change: yesterday(before, worth) }),
        figure({ label: 'Performance Moyenne:', value: signedPercent(market.mean) }),
        figure({ label: 'Performance Pondérée:', value: signedPercent(market.weighted) }),
        figure({ label: 'En hausse / en baisse:', value: risenAndFallen(market), change: yesterday(before, risenAndFallen) }),
        figure({ label: 'Mises de côté:', value: `${whole(aside.rows)} sur ${whole(aside.of)}` }),
        figure({ label: 'Dernière mise à jour:', value: timeIn(interval.end, timeZone) }),
      ],
      output: { market, before, top, aside },
    }
  },
})

export const sendSuccessEmail = report({
  name: 'send_success_email',
  needs: { imported: generateReport },
  to: readers,
  description: 'A mail when imports succeed again, or for the first time: 48 a day would be muted. The closed day has its own report',
  write: async ({ imported }, { run, warehouse, interval, timeZone }) => {
    const [last] = await warehouse.rows({ state: text() }, previousRun({ pipeline: run.pipeline, run: run.id }))
    if (last?.state === 'success') return skip('the run before succeeded, too: nothing has changed')
    const { market, aside } = imported
    return {
      subject: `Pipeline Crypto Réussi - ${dayIn(interval.end, timeZone)}`,
      title: finding(market),
      lang: 'fr',
      about: `Relevé du ${longMoment(interval.end, timeZone)} · ${counted(market.assets, 'cryptomonnaie')} importées et vérifiées`,
      body: [marketParts(imported), leftOut(aside.rows, `sur ${whole(aside.of)}`)],
      footer: last === undefined ? `Premier import réussi de ${run.pipeline}.` : `Les imports de ${run.pipeline} réussissent à nouveau.`,
    }
  },
})
