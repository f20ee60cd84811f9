import { change, emails, type Instant, instant, message, paragraph, pick, type RowOf, skip, sql, table, task, toned } from 'sluice'
import { cryptoAnomalies } from '../datasets/warehouse.ts'
import { anomalyRules, rulesAt } from '../settings/anomaly-rules.ts'
import { amount, percent, several, shortMoment, signedPercent, whole } from './french.ts'

/** So many assets that move the same way are one event: the market moves. */
const crowd = 8
/** Of a market that moves, the heaviest are named. */
const named = 5

const told = pick(cryptoAnomalies, 'snapshot', 'symbole', 'nom', 'rang', 'regle', 'valeur', 'seuil', 'severite')
type Found = RowOf<typeof told>

/**
 * Found at an instant, and not told since another; heaviest first. Who joins a market that moves and was told of is told only where it is
 * critical.
 */
const news = (at: Instant, quietSince: Instant) => sql`
  select snapshot, symbole, nom, rang, regle, valeur, seuil, severite from ${cryptoAnomalies} a
  where detecte_a = ${instant(at)} and not exists (
    select 1 from ${cryptoAnomalies} b
    where b.crypto_id = a.crypto_id and b.regle = a.regle and b.detecte_a < a.detecte_a and b.detecte_a > ${instant(quietSince)}
      and b.severite in (a.severite, 'critical'))
  and (severite = 'critical' or regle <> 'variation' or not exists (
    select 1 from ${cryptoAnomalies} m
    where m.regle = a.regle and sign(m.valeur) = sign(a.valeur) and m.detecte_a < a.detecte_a and m.detecte_a > ${instant(quietSince)}
    group by m.detecte_a having count(*) >= ${crowd}))
  order by severite, rang`

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
    return notify.send({
      key: 'alert',
      to: emails(variable('mail_to')),
      ...alertMail(found, shortMoment(first.snapshot, timeZone)),
    })
  },
})

/** One message, whatever was found: of a market that moves, the heaviest stand for all. */
export function alertMail(found: readonly Found[], moment: string) {
  const critical = found.filter(({ severite }) => severite === 'critical').length
  const falls = found.filter(({ regle, valeur }) => regle === 'variation' && Number(valeur) < 0)
  const rises = found.filter(({ regle, valeur }) => regle === 'variation' && Number(valeur) > 0)
  const moved = falls.length >= rises.length ? falls : rises
  const moving = moved.length >= crowd
  const shown = moving ? [...moved.slice(0, named), ...found.filter((each) => !moved.includes(each))] : found
  const what = moving
    ? `le marché ${moved === falls ? 'chute' : 's’envole'}\u00a0: ${several(moved.length, 'cryptomonnaie')} au-delà de ${percent(Math.min(...moved.map(({ seuil }) => Number(seuil))), 0)}`
    : several(found.length, 'anomalie')
  const title = `${what}${critical === 0 ? '' : `, dont ${several(critical, 'critique')}`}`
  return message({
    subject: `Alerte Crypto - ${title} - ${moment}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    lang: 'fr',
    body: [
      paragraph(toned(`Relevé du ${moment}`, 'quiet')),
      table({
        rows: shown,
        columns: [
          { name: 'Cryptomonnaie', cell: ({ symbole, nom }) => (nom === symbole ? nom : `${nom} ${symbole}`) },
          { name: 'Gravité', cell: ({ severite }) => toned(severity(severite), severite === 'critical' ? 'critical' : 'warning') },
          {
            name: 'Valeur',
            align: 'right',
            cell: ({ regle, valeur }) => (regle === 'variation' ? change(value(regle, valeur), Number(valeur)) : value(regle, valeur)),
          },
          { name: 'Seuil', align: 'right', wideOnly: true, cell: ({ regle, seuil }) => limit(regle, seuil) },
          { name: 'Rang', align: 'right', wideOnly: true, cell: ({ rang }) => whole(rang) },
        ],
        line: ({ severite, symbole, nom, rang, regle, valeur, seuil }) =>
          `- ${severity(severite)}, ${symbole} (${nom}), rang ${rang}, ${value(regle, valeur)}, seuil ${limit(regle, seuil)}`,
      }),
      ...(shown.length === found.length ? [] : [paragraph(`Et ${several(found.length - shown.length, 'autre')} dans le même sens.`)]),
    ],
    footer: 'Ce qui a été dit n’est pas redit pendant quelques heures, sauf s’il devient critique.',
  })
}

const severity = (severite: string): string => (severite === 'critical' ? 'critique' : 'alerte')
const value = (rule: string, figure: string): string => (rule === 'variation' ? signedPercent(figure) : `volume ${amount(figure)}`)
const limit = (rule: string, figure: string): string => (rule === 'variation' ? `±${percent(figure, 0)}` : amount(figure))
