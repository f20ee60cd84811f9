import type { Instant } from '@sluice/core'
import type { Message } from '../message.ts'
import { page, paragraph, type Table, tableHtml, tableText } from './html.ts'
import { when } from './run.ts'

export type Severity = 'critical' | 'warning' | 'info'

export interface Anomaly {
  readonly severity: Severity
  /** What it is about: an asset, a table. */
  readonly name: string
  /** What is wrong with it, with the value and the limit. */
  readonly message: string
}

export interface Alert {
  readonly project: string
  /** What was watched. */
  readonly title: string
  readonly at: Instant
  readonly timeZone: string
  readonly anomalies: readonly [Anomaly, ...Anomaly[]]
  readonly subject?: string
}

const order: readonly Severity[] = ['critical', 'warning', 'info']

/** The message about anomalies, the worst first. */
export function alert(facts: Alert): Message {
  const sorted = order.flatMap((severity) => facts.anomalies.filter((anomaly) => anomaly.severity === severity))
  const counts = order.flatMap((severity) => {
    const count = sorted.filter((anomaly) => anomaly.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const subject = facts.subject ?? `Alert: ${facts.title}: ${counts.join(', ')}`
  const line = `${facts.project}, ${when(facts.at, facts.timeZone)}: ${counts.join(', ')}.`
  const table: Table = {
    columns: [{ name: 'Severity' }, { name: 'Name' }, { name: 'What' }],
    rows: sorted.map(({ severity, name, message }) => [severity, name, message]),
  }
  return {
    subject,
    text: `${[subject, line, tableText(table)].join('\n\n')}\n`,
    html: page(subject, [paragraph(line), tableHtml(table)]),
  }
}
