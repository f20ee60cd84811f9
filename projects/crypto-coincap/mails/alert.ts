import { percent } from '../reports/daily-report.ts'
import { htmlMail, tableOf } from './html.ts'

export interface AnomalyFacts {
  readonly symbole: string
  readonly nom: string
  readonly rang: number
  readonly regle: string
  readonly valeur: string
  readonly seuil: string
  readonly severite: string
}

/** The mail that names what stands out, the most severe first. */
export function alertMail(day: string, time: string, anomalies: readonly AnomalyFacts[]) {
  const critical = anomalies.filter(({ severite }) => severite === 'critical').length
  const subject = `Alerte Crypto - ${anomalies.length} anomalie${anomalies.length > 1 ? 's' : ''}${critical > 0 ? `, dont ${critical} critique${critical > 1 ? 's' : ''}` : ''} - ${day} ${time}`
  const rows = anomalies.map((each) => [
    each.severite,
    `${each.symbole} (${each.nom})`,
    `rang ${each.rang}`,
    figure(each.regle, each.valeur),
    `seuil ${figure(each.regle, each.seuil).replace('+', '±')}`,
  ])
  const intro = `Instantané du ${day} à ${time}.`
  return {
    subject,
    text: [intro, '', ...rows.map((row) => `- ${row.join(', ')}`)].join('\n'),
    html: htmlMail(subject, `<p>${intro}</p>${tableOf(['Sévérité', 'Actif', 'Rang', 'Valeur', 'Seuil'], rows)}`),
  }
}

const figure = (rule: string, value: string): string =>
  rule === 'variation' ? percent(value) : `$${Number(value).toLocaleString('fr-FR', { maximumFractionDigits: 0 })}`
