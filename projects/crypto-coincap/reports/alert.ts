import { change, instant, paragraph, pick, type RowOf, report, skip, sqlFile, table, toned } from 'sluice'
import { cryptoAnomalies } from '../datasets/warehouse.ts'
import { anomalyRules } from '../settings/anomaly-rules.ts'
import { readers } from '../settings/steps.ts'
import { amount, called, counted, moment, percent, signedPercent, whole } from './french.ts'

/** So many assets that move the same way are one event: the market moves. Of those, the heaviest are named. */
const crowd = 8
const named = 5

const told = pick(cryptoAnomalies, 'snapshot', 'symbole', 'nom', 'rang', 'regle', 'valeur', 'seuil', 'severite')
type Found = RowOf<typeof told>
const toTell = sqlFile(import.meta, 'anomalies-to-tell.sql')

export const sendAlert = report({
  name: 'send_alert_if_needed',
  reads: [cryptoAnomalies],
  to: readers,
  description: 'Mails what this check found first; what was told within the quiet hours only where it has become critical',
  write: async (_, { warehouse, interval, timeZone }) => {
    const quietSince = instant(interval.end - anomalyRules.at(interval.end).quietHours * 3_600_000)
    const found = await warehouse.rows(told, toTell({ anomalies: cryptoAnomalies, at: instant(interval.end), quietSince, crowd }))
    const [first] = found
    return first === undefined ? skip('nothing stands out') : alert(found, moment(first.snapshot, timeZone))
  },
})

/** One message, whatever was found: of a market that moves, the heaviest stand for all. */
function alert(found: readonly Found[], when: string) {
  const toward = (sign: number) => found.filter(({ regle, valeur }) => regle === 'variation' && Math.sign(Number(valeur)) === sign)
  const [falls, rises] = [toward(-1), toward(1)]
  const moved = falls.length >= rises.length ? falls : rises
  const moving = moved.length >= crowd
  const shown = moving ? [...moved.slice(0, named), ...found.filter((each) => !moved.includes(each))] : found
  const beyond = percent(Math.min(...moved.map(({ seuil }) => Number(seuil))), 0)
  const what = moving
    ? `le marché ${moved === falls ? 'chute' : 's’envole'}\u00a0: ${counted(moved.length, 'cryptomonnaie')} au-delà de ${beyond}`
    : counted(found.length, 'anomalie')
  const critical = found.filter(({ severite }) => severite === 'critical').length
  const title = `${what}${critical === 0 ? '' : `, dont ${counted(critical, 'critique')}`}`
  return {
    subject: `Alerte Crypto - ${title} - ${when}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    lang: 'fr',
    about: `Relevé du ${when}`,
    body: [
      table({
        rows: shown,
        columns: [
          { name: 'Cryptomonnaie', cell: called },
          { name: 'Gravité', cell: (each) => toned(severity(each), each.severite === 'critical' ? 'critical' : 'warning') },
          { name: 'Valeur', align: 'right', cell: (each) => change(value(each), each.regle === 'variation' ? Number(each.valeur) : 0) },
          { name: 'Seuil', align: 'right', wideOnly: true, cell: limit },
          { name: 'Rang', align: 'right', wideOnly: true, cell: ({ rang }) => whole(rang) },
        ],
        line: (each) => `- ${severity(each)}, ${each.symbole} (${each.nom}), rang ${each.rang}, ${value(each)}, seuil ${limit(each)}`,
      }),
      shown.length < found.length && paragraph(`Et ${counted(found.length - shown.length, 'autre')} dans le même sens.`),
    ],
    footer: 'Ce qui a été dit n’est pas redit pendant quelques heures, sauf s’il devient critique.',
  }
}

const severity = ({ severite }: Found): string => (severite === 'critical' ? 'critique' : 'alerte')
const value = ({ regle, valeur }: Found): string => (regle === 'variation' ? signedPercent(valeur) : `volume ${amount(valeur)}`)
const limit = ({ regle, seuil }: Found): string => (regle === 'variation' ? `±${percent(seuil, 0)}` : amount(seuil))
