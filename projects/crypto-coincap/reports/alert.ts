import { dayIn, emails, type Instant, instant, message, paragraph, pick, skip, sql, table, task, timeIn, toned } from 'sluice'
import { cryptoAnomalies } from '../datasets/warehouse.ts'
import { anomalyRules, rulesAt } from '../settings/anomaly-rules.ts'
import { percent } from './lines.ts'

const told = pick(cryptoAnomalies, 'snapshot', 'symbole', 'nom', 'rang', 'regle', 'valeur', 'seuil', 'severite')
/** Found at an instant, and not told since another. */
const news = (at: Instant, quietSince: Instant) => sql`
  select snapshot, symbole, nom, rang, regle, valeur, seuil, severite from ${cryptoAnomalies} a
  where detecte_a = ${instant(at)} and not exists (
    select 1 from ${cryptoAnomalies} b
    where b.crypto_id = a.crypto_id and b.regle = a.regle and b.detecte_a < a.detecte_a and b.detecte_a > ${instant(quietSince)}
      and b.severite in (a.severite, 'critical'))
  order by severite, abs(valeur / seuil) desc, rang`

export const sendAlert = task({
  name: 'send_alert_if_needed',
  reads: [cryptoAnomalies],
  description: 'Mails what this check found first; what was told within the quiet hours only where it has become critical',
  run: async (_, { run, warehouse, interval, timeZone, notify, variable, log }) => {
    const { quietHours } = rulesAt(anomalyRules, interval.end)
    const found = await warehouse.rows(told, news(interval.end, interval.end - quietHours * 3_600_000))
    log.info(`${found.length} anomalies to tell`)
    const [first] = found
    if (first === undefined) return skip('nothing stands out')
    if (run.trigger === 'backfill') skip('a backfill sends no mail')
    const [day, time] = [dayIn(first.snapshot, timeZone), timeIn(first.snapshot, timeZone)]
    const critical = found.filter(({ severite }) => severite === 'critical').length
    return notify.send({
      key: 'alert',
      to: emails(variable('mail_to')),
      ...message({
        subject: `Alerte Crypto - ${several(found.length, 'anomalie')}${critical > 0 ? `, dont ${several(critical, 'critique')}` : ''} - ${day} ${time}`,
        lang: 'fr',
        body: [
          paragraph(`Instantané du ${day} à ${time}.`),
          table({
            rows: found,
            columns: [
              { name: 'Sévérité', cell: ({ severite }) => toned(severite, severite === 'critical' ? 'critical' : 'warning') },
              { name: 'Actif', cell: ({ symbole, nom }) => `${symbole} (${nom})` },
              { name: 'Rang', align: 'right', wideOnly: true, cell: ({ rang }) => rang },
              { name: 'Valeur', align: 'right', cell: ({ regle, valeur }) => shown(regle, valeur) },
              { name: 'Seuil', align: 'right', wideOnly: true, cell: ({ regle, seuil }) => limit(regle, seuil) },
            ],
            line: ({ severite, symbole, nom, rang, regle, valeur, seuil }) =>
              `- ${severite}, ${symbole} (${nom}), rang ${rang}, ${shown(regle, valeur)}, seuil ${limit(regle, seuil)}`,
          }),
        ],
      }),
    })
  },
})

const several = (count: number, word: string): string => `${count} ${word}${count > 1 ? 's' : ''}`
const shown = (rule: string, value: string): string =>
  rule === 'variation' ? percent(value) : `$${Number(value).toLocaleString('fr-FR', { maximumFractionDigits: 0 })}`
const limit = (rule: string, value: string): string => shown(rule, value).replace('+', '±')
