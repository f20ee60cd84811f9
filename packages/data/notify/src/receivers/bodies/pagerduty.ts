import { formatInstant, type Instant, type Json } from '@sluice/core'
import { cut, incidentOf, type Told } from '../told.ts'

/** A key of PagerDuty's that tells an incident again has at most 255 characters. */
const longestKey = 255

/** What the service needs of every event: whose it is, and which incident it opens or ends. */
export const pagerdutyEnvelope = (told: Told, key: string): Readonly<Record<string, Json>> => ({
  routing_key: key,
  event_action: told.brief.kind === 'recovery' ? 'resolve' : 'trigger',
  dedup_key: incidentOf(told, longestKey),
})

/** What an event of the Events API v2 says; one that ends an incident says nothing. */
export function pagerdutyBody({ subject, text, brief: { kind, severity, about, facts, link } }: Told, at: Instant): Json {
  if (kind === 'recovery') return {}
  return {
    client: 'Sluice',
    payload: {
      summary: cut(subject, 1_024),
      source: about ?? 'sluice',
      severity: kind === 'news' ? 'info' : (severity ?? 'warning'),
      timestamp: formatInstant(at),
      custom_details: { ...Object.fromEntries(facts.map(([label, value]) => [label, cut(value, 1_000)])), text: cut(text, 8_000) },
    },
    links: link === undefined ? [] : [{ href: link.url, text: link.label }],
  }
}
