import { dayIn, decimal, emails, integer, pick, skip, sql, task } from 'sluice'
import { dayReports } from '../datasets/lake.ts'
import { cryptoAnomalies, cryptoQuotidien } from '../datasets/warehouse.ts'
import { longDay, several, signedPercent } from './french.ts'
import { marketFigures, marketOf } from './market.ts'
import { marketMail } from './market-mail.ts'

/** Each asset of a day with its closing price against those of one and of seven days before. */
const assetsOf = (day: string) => sql`
  select q.symbole, q.nom, q.prix_cloture as prix, q.market_cap_cloture as cap, q.instantanes,
    (q.prix_cloture / nullif(hier.prix_cloture, 0) - 1) * 100 as variation,
    (q.prix_cloture / nullif(semaine.prix_cloture, 0) - 1) * 100 as semaine
  from ${cryptoQuotidien} q
  left join ${cryptoQuotidien} hier on hier.crypto_id = q.crypto_id and hier.jour = q.jour - 1
  left join ${cryptoQuotidien} semaine on semaine.crypto_id = q.crypto_id and semaine.jour = q.jour - 7
  where q.jour = ${day}::date`
const exact = decimal(38, 18)
const ofAsset = { ...pick(cryptoQuotidien, 'symbole', 'nom'), prix: decimal(38, 18, { notNull: true }), jour: exact, semaine: exact }
const topTen = (day: string) => sql`
  select symbole, nom, prix, round(variation, 18) as jour, round(semaine, 18) as semaine from (${assetsOf(day)}) a order by cap desc nulls last limit 10`
const snapshots = (day: string) =>
  sql`select coalesce(max(instantanes), 0) as instantanes from ${cryptoQuotidien} where jour = ${day}::date`

/** The heaviest of each asset and rule: critical first, then by how far beyond the threshold. */
const notable = (day: string, timeZone: string) => sql`
  select symbole, valeur, severite, (count(*) over ())::integer as number from (
    select distinct on (crypto_id) * from ${cryptoAnomalies}
    where regle = 'variation' and (snapshot at time zone ${timeZone})::date = ${day}::date
    order by crypto_id, severite, abs(valeur) desc
  ) a order by severite, abs(valeur) desc limit 5`
const count = integer({ notNull: true })
const ofNotable = { ...pick(cryptoAnomalies, 'symbole', 'valeur', 'severite'), number: count }

/** What the runs of the day left out; they come to the warehouse when they have ended. */
const runsOf = (day: string, timeZone: string) => sql`
  select count(*) filter (where state = 'failed')::integer as failed, coalesce(sum(rows_quarantined), 0)::integer as quarantined
  from public.sluice_runs where pipeline = 'crypto_data_pipeline' and (logical_time at time zone ${timeZone})::date = ${day}::date`

export const closedDay = task({
  name: 'report_closed_day',
  reads: [cryptoQuotidien, cryptoAnomalies],
  fills: [dayReports],
  description: 'The day that ended at midnight, from its rollup: kept in gold.day_reports and mailed',
  run: async (_, { warehouse, lake, interval, timeZone, run, notify, variable, log }) => {
    const day = dayBefore(dayIn(interval.end, timeZone))
    const [closed] = await warehouse.rows(pick(cryptoQuotidien, 'instantanes'), snapshots(day))
    const [market] = await warehouse.rows(marketFigures, marketOf(assetsOf(day)))
    if (market === undefined || market.assets === 0) return skip(`no snapshot of ${day} is in the warehouse`)
    const [before] = await warehouse.rows(marketFigures, marketOf(assetsOf(dayBefore(day))))
    const found = await warehouse.rows(ofNotable, notable(day, timeZone))
    const [runs = { failed: 0, quarantined: 0 }] = await warehouse.rows({ failed: count, quarantined: count }, runsOf(day, timeZone))
    const more = (found[0]?.number ?? 0) - found.length
    const mail = marketMail({
      subject: `Rapport crypto - ${longDay(day)}`,
      about: `Rapport quotidien · ${longDay(day)} · ${several(closed?.instantanes ?? 0, 'relevé')}`,
      market,
      before: before === undefined || before.assets === 0 ? undefined : before,
      top: (await warehouse.rows(ofAsset, topTen(day))).map((asset, at) => ({ ...asset, rang: at + 1 })),
      notable: [
        ...found.map(
          ({ symbole, valeur, severite }) => `${symbole} ${signedPercent(valeur)}${severite === 'critical' ? ' (critique)' : ''}`,
        ),
        ...(more > 0 ? [`et ${several(more, 'autre')}`] : []),
      ],
      remarks: [
        ...(runs.quarantined === 0
          ? []
          : [
              `${several(runs.quarantined, 'ligne mise', 'lignes mises')} de côté dans la journée\u00a0: sluice lake read silver.assets__quarantine.`,
            ]),
        ...(runs.failed === 0
          ? []
          : [`${several(runs.failed, 'import')} en échec dans la journée\u00a0: sluice runs list crypto_data_pipeline.`]),
      ],
      footer: `Envoyé une fois par jour, après minuit, par ${run.pipeline}.`,
    })
    await lake.put(dayReports, mail.text)
    for (const line of mail.text.split('\n')) log.info(line)
    if (run.trigger === 'backfill') return
    await notify.send({ key: `day ${day}`, to: emails(variable('mail_to')), ...mail })
  },
})

const dayBefore = (day: string): string => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
