import type { ReceiverKind } from '@sluice/author'
import { type Instant, type Json, unreachable } from '@sluice/core'
import { opsgenieBody, opsgenieEnvelope, opsgeniePath } from './bodies/opsgenie.ts'
import { pagerdutyBody, pagerdutyEnvelope } from './bodies/pagerduty.ts'
import { slackBody } from './bodies/slack.ts'
import { teamsBody } from './bodies/teams.ts'
import { signed, webhookBody } from './bodies/webhook.ts'
import type { Receiver } from './receiver.ts'
import { filled } from './template.ts'
import type { Told } from './told.ts'

/** A POST as it leaves. */
export interface Call {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Where a service is unless a receiver says otherwise. */
const services = { pagerduty: 'https://events.pagerduty.com/v2/enqueue', opsgenie: 'https://api.opsgenie.com' } as const

/** The call that tells a receiver a message: its body from the message alone, or from the receiver's template. */
export function callOf(kind: ReceiverKind, { url, key, template }: Receiver, told: Told, at: Instant): Call {
  const endsIncident = (kind === 'pagerduty' || kind === 'opsgenie') && told.brief.kind === 'recovery'
  const own = template === undefined || endsIncident ? undefined : filled(template, told)
  switch (kind) {
    case 'slack':
      return posted(url ?? '', own ?? slackBody(told))
    case 'teams':
      return posted(url ?? '', own ?? teamsBody(told))
    case 'webhook': {
      const call = posted(url ?? '', own ?? webhookBody(told, at))
      return { ...call, headers: { ...call.headers, ...signed(told.id, at, call.body, key ?? '') } }
    }
    case 'pagerduty':
      return posted(url ?? services.pagerduty, { ...pagerdutyEnvelope(told, key ?? ''), ...(own ?? (pagerdutyBody(told, at) as object)) })
    case 'opsgenie': {
      const call = posted(`${(url ?? services.opsgenie).replace(/\/+$/, '')}${opsgeniePath(told)}`, {
        ...opsgenieEnvelope(told),
        ...(own ?? (opsgenieBody(told) as object)),
      })
      return { ...call, headers: { ...call.headers, authorization: `GenieKey ${key ?? ''}` } }
    }
    default:
      return unreachable(kind)
  }
}

const posted = (url: string, body: Json): Call => ({
  url,
  headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Sluice' },
  body: JSON.stringify(body),
})
