import type { ReceiverKind } from '@sluice/author'
import { type Instant, retryAfterMs, type SluiceError } from '@sluice/core'
import { notifyErrors } from '../errors.ts'

/** Which receiver, as people know it: its address is a secret but for the host. */
export interface Shown {
  readonly kind: ReceiverKind
  readonly to: string
  readonly host: string
}

export interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  /** Its beginning, without secrets. */
  readonly text: string
}

const nameOf = ({ kind, to, host }: Shown): string => `${kind} receiver "${to}" (${host})`

/** The longest wait that is believed: one that asks for more is asked again after it. */
const longestMs = 3_600_000

/**
 * What an answer means; `undefined`: the receiver has the message. What every message would meet there (the webhook is gone, the key is
 * wrong, the channel is closed, it redirects) is `notify.misconfigured`, and its messages wait; what this message alone meets is
 * `notify.refused`; the rest is `notify.unavailable`.
 */
export function refusalOf(shown: Shown, { status, retryAfter, text }: Answer, now: Instant): SluiceError | undefined {
  if (status >= 200 && status < 300) return undefined
  const said = `${nameOf(shown)} answers ${status}${text === '' ? '' : `: ${text}`}`
  const facts = { ...shown, status }
  if (status === 429 || status === 408 || status === 425 || status >= 500) {
    const ms = retryAfterMs(retryAfter ?? undefined, now)
    return notifyErrors.unavailable(said, {
      facts: { ...facts, ...(ms === undefined ? {} : { retryAfterMs: Math.min(ms, longestMs) }) },
      next: 'It is sent again by itself.',
    })
  }
  if (status < 400)
    return notifyErrors.misconfigured(said, { facts, next: `Redirects are not followed: give the address that it leads to. ${held}` })
  if ([401, 402, 403, 404, 405, 410].includes(status) || (shown.kind === 'pagerduty' && /routing[ _]key/i.test(text)))
    return notifyErrors.misconfigured(said, { facts, next: `${corrections[shown.kind]} ${held}` })
  return notifyErrors.refused(said, {
    facts,
    next: 'Correct what it names (the template of the receiver, if it has one), then send it again: sluice notify retry.',
  })
}

const held = 'Messages wait; sluice notify retry sends them at once.'

const corrections: Readonly<Record<ReceiverKind, string>> = {
  slack: 'Look whether the app, its webhook and the channel are still there, and set the URL of a webhook that is.',
  teams: 'Look whether the workflow is still there and switched on, and that anyone may trigger it; then set its URL.',
  webhook: 'Look whether the service is still there and takes the signature, and correct url and key of the receiver.',
  pagerduty: 'Set the integration key of a service of PagerDuty (Events API v2).',
  opsgenie: 'Set the key of an API integration of Opsgenie that may create alerts, and its URL where the account is not in the US.',
}

const neverLeft = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|CONNECT_TIMEOUT/
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS/

/** A call that got no answer. The text of the error is not told: it may hold the address. */
export function unanswered(shown: Shown, thrown: unknown): SluiceError {
  const codes = codesOf(thrown)
  const facts = { ...shown, systemCode: codes[0] ?? null }
  const why = codes[0] ?? (thrown instanceof Error ? thrown.name : 'unknown')
  if (codes.some((code) => certificate.test(code)))
    return notifyErrors.misconfigured(`${nameOf(shown)}: its certificate does not hold (${why})`, {
      facts,
      next: `Use the host name that the certificate names, or renew it. ${held}`,
    })
  if (codes.some((code) => neverLeft.test(code)))
    return notifyErrors.unavailable(`${nameOf(shown)} cannot be reached (${why})`, {
      facts,
      next: 'It is sent again by itself; if this stays, check the address and the network.',
    })
  return notifyErrors.unavailable(`${nameOf(shown)} gave no answer (${why})`, {
    facts: { ...facts, mayHaveArrived: true },
    next: 'It is sent again by itself, under the same id.',
  })
}

/** Node wraps the error of the socket, and those of several addresses in one. */
function codesOf(thrown: unknown, depth = 0): readonly string[] {
  if (!(thrown instanceof Error) || depth > 4) return []
  const { code } = thrown as NodeJS.ErrnoException
  const inner = thrown instanceof AggregateError ? thrown.errors : []
  return [...[thrown.cause, ...inner].flatMap((each) => codesOf(each, depth + 1)), ...(typeof code === 'string' ? [code] : [])]
}
