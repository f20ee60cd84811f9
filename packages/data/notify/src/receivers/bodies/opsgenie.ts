import type { Json } from '@sluice/core'
import { cut, incidentOf, type Told } from '../told.ts'

const longestAlias = 250

/** Where a message goes: a new alert, or the end of the one about the same. */
export function opsgeniePath(told: Told): string {
  return told.brief.kind === 'recovery'
    ? `/v2/alerts/${encodeURIComponent(incidentOf(told, longestAlias))}/close?identifierType=alias`
    : '/v2/alerts'
}

/** By its alias the service knows a double, and what ends it. */
export const opsgenieEnvelope = (told: Told): Readonly<Record<string, Json>> =>
  told.brief.kind === 'recovery' ? { source: 'Sluice' } : { alias: incidentOf(told, longestAlias), source: 'Sluice' }

/** What an alert of the Alert API says: a message of 130 characters, a description of 15,000. */
export function opsgenieBody({ subject, text, brief: { kind, severity, facts, link } }: Told): Json {
  if (kind === 'recovery') return { note: cut(subject, 1_000) }
  return {
    message: cut(subject, 130),
    description: cut(link === undefined ? text : `${text.trimEnd()}\n\n${link.label}: ${link.url}`, 15_000),
    priority: kind === 'news' ? 'P5' : severity === 'critical' ? 'P1' : 'P3',
    details: Object.fromEntries(facts.map(([label, value]) => [label, cut(value, 1_000)])),
  }
}
