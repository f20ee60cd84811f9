import { dayAfter, dayIn, heading, integer, note, paragraph, pick, report, skip, sqlFile } from 'sluice'
import { dayReports } from '../datasets/lake.ts'
import { cryptoAnomalies, cryptoQuotidien } from '../datasets/warehouse.ts'
import { readers } from '../settings/steps.ts'
import { counted, leftOut, longDay, signedPercent } from './french.ts'
import { assetColumns, finding, marketColumns, marketOf, marketParts } from './market.ts'

const count = integer({ notNull: true })
const anomalyColumns = { ...pick(cryptoAnomalies, 'symbole', 'valeur', 'severite'), number: count }
const runColumns = { snapshots: count, failed: count, quarantined: count }
const closedDays = sqlFile(import.meta, 'closed-days.sql')
const topTen = sqlFile(import.meta, 'closed-day-top.sql')
const anomalies = sqlFile(import.meta, 'closed-day-anomalies.sql')
const runs = sqlFile(import.meta, 'closed-day-runs.sql')

export const closedDay = report({
  name: 'report_closed_day',
  reads: [cryptoQuotidien, cryptoAnomalies],
  into: dayReports,
  to: readers,
  description: 'The day that ended at midnight, from its rollup: kept in gold.day_reports and mailed',
  write: async (_, { warehouse, interval, timeZone, run }) => {
    const day = dayAfter(dayIn(interval.end, timeZone), -1)
    const rows = closedDays({ days: cryptoQuotidien, day })
    const [market, before = null] = await warehouse.rows(marketColumns, marketOf({ rows }))
    if (market?.at !== day) return skip(`no snapshot of ${day} is in the warehouse`)
    const top = await warehouse.rows(assetColumns, topTen({ rows, day }))
    const found = await warehouse.rows(anomalyColumns, anomalies({ anomalies: cryptoAnomalies, day, timeZone }))
    const more = (found[0]?.number ?? 0) - found.length
    const notable = found.map((each) => `${each.symbole} ${signedPercent(each.valeur)}${each.severite === 'critical' ? ' (critique)' : ''}`)
    if (more > 0) notable.push(`et ${counted(more, 'autre')}`)
    const [ofDay] = await warehouse.rows(runColumns, runs({ days: cryptoQuotidien, day, timeZone }))
    const { snapshots = 0, failed = 0, quarantined = 0 } = ofDay ?? {}
    return {
      subject: `Rapport crypto - ${longDay(day)}`,
      title: finding(market),
      lang: 'fr',
      about: `Rapport quotidien · ${longDay(day)} · ${counted(snapshots, 'relevé')}`,
      body: [
        marketParts({ market, before, top }),
        notable.length > 0 && [heading('Ce qui sort de l’ordinaire'), paragraph(`${notable.join(', ')}.`)],
        leftOut(quarantined, 'dans la journée'),
        failed > 0 && note(`${counted(failed, 'import')} en échec dans la journée\u00a0: sluice runs list crypto_data_pipeline.`),
      ],
      footer: `Envoyé une fois par jour, après minuit, par ${run.pipeline}.`,
    }
  },
})
