import { change, dayIn, decimal, emails, figure, heading, integer, message, paragraph, pick, skip, sql, table, task, timeIn } from 'sluice'
import { dailyReports } from '../datasets/lake.ts'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { byMagnitude, percent, price, reportLines, titleOf } from './lines.ts'

const topTen = sql`select rang, symbole, nom, prix_usd, variation_24h_pourcent from ${cryptoTempsReel.latest} order by rang limit 10`
const market = sql`
  select count(*)::integer as rows, sum(market_cap_usd) as "marketCapUsd", avg(variation_24h_pourcent) as "meanVariation",
    sum(variation_24h_pourcent * market_cap_usd) / nullif(sum(market_cap_usd) filter (where variation_24h_pourcent is not null), 0) as "weightedVariation"
  from ${cryptoTempsReel.latest}`
const ofAsset = pick(cryptoTempsReel, 'rang', 'symbole', 'nom', 'prix_usd', 'variation_24h_pourcent')
const exact = decimal(38, 18)
const ofMarket = { rows: integer({ notNull: true }), marketCapUsd: exact, meanVariation: exact, weightedVariation: exact }
const nothing = { rows: 0, marketCapUsd: null, meanVariation: null, weightedVariation: null }

export const generateReport = task({
  name: 'generate_daily_report',
  reads: [cryptoTempsReel],
  fills: [dailyReports],
  description: 'The day in one page, from the latest snapshot alone; its text is kept in gold.daily_reports',
  run: async (_, { warehouse, lake, interval, timeZone, log }) => {
    const top = await warehouse.rows(ofAsset, topTen)
    const [totals = nothing] = await warehouse.rows(ofMarket, market)
    const report = { day: dayIn(interval.end, timeZone), time: timeIn(interval.end, timeZone), top, ...totals }
    const lines = reportLines(report)
    await lake.put(dailyReports, lines.join('\n'))
    for (const line of lines) log.info(line)
    return report
  },
})

export const sendSuccessEmail = task({
  name: 'send_success_email',
  needs: { report: generateReport },
  description: 'The report by mail; a backfill of the past sends none',
  run: ({ report }, { run, notify, variable }) => {
    if (run.trigger === 'backfill') skip('a backfill sends no mail')
    return notify.send({
      key: 'success',
      to: emails(variable('mail_to')),
      ...message({
        subject: `Pipeline Crypto Réussi - ${report.day}`,
        title: titleOf(report),
        lang: 'fr',
        body: [
          paragraph(`${report.rows} cryptomonnaies importées et vérifiées.`),
          figure({ label: 'Market Cap Total', value: byMagnitude(report.marketCapUsd) }),
          figure({ label: 'Performance Moyenne', value: percent(report.meanVariation) }),
          figure({ label: 'Performance Pondérée', value: percent(report.weightedVariation) }),
          heading('TOP 10'),
          table({
            rows: report.top,
            columns: [
              { name: 'Rang', align: 'right', cell: ({ rang }) => rang },
              { name: 'Cryptomonnaie', cell: ({ nom, symbole }) => `${nom} ${symbole}` },
              { name: 'Prix', align: 'right', cell: ({ prix_usd }) => price(prix_usd) },
              { name: '24 h', align: 'right', cell: ({ variation_24h_pourcent: by }) => change(percent(by), Number(by)) },
            ],
          }),
          paragraph(`Dernière mise à jour: ${report.time}`),
        ],
      }),
    })
  },
})
