import type { ErrorDefinition, SluiceError } from '@sluice/core'
import { retryAfterMs } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { SpanLimit } from './calls.ts'
import { OutOfTime, type Patience } from './exchange.ts'
import { rateWaitMs } from './rate-headers.ts'
import type { HeadersByName } from './request.ts'

/** A request as logs and errors show it: without secrets. */
export interface ShownRequest {
  readonly service: string
  readonly method: string
  /** Without query parameters. */
  readonly url: string
}

/** The error an answer outside 2xx stands for. */
export function statusError(shown: ShownRequest, answer: Answered, excerpt: string): SluiceError {
  const { status, statusText, headers, key } = answer
  const wait = waitOf(answer)
  const { error, next = 'Look at the answer under "body"; if the service is at fault, wait and clear the task.' } = meaningOf(
    status,
    wait,
    key,
  )
  return error(`${shown.service} API error: ${status} ${statusText || reasons[status] || ''}`.trimEnd(), {
    facts: {
      ...shown,
      status,
      ...(headers['retry-after'] === undefined ? {} : { retryAfter: headers['retry-after'] }),
      ...(excerpt === '' ? {} : { body: excerpt }),
    },
    next,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}

export interface Answered {
  readonly status: number
  readonly statusText: string
  readonly headers: HeadersByName
  readonly receivedAt: number
  /** The request held a key; `undefined` where it held none. */
  readonly key: SentKey | undefined
  /** Of its connection. */
  readonly limits?: readonly SpanLimit[]
}

/** Whose key went with a request, and where its parts are set: `STORE_KEY (.env:3)`. */
export interface SentKey {
  readonly connection: string | undefined
  readonly at: readonly string[]
}

/** `Retry-After`; else, where nothing is left of a limit, until it begins anew. */
function waitOf({ status, headers, receivedAt, limits = [] }: Omit<Answered, 'key'>): number | undefined {
  const asked = retryAfterMs(headers['retry-after'], receivedAt)
  if (asked !== undefined || (status !== 403 && status !== 429)) return asked
  return rateWaitMs(headers, limits, receivedAt)
}

interface Meaning {
  readonly error: ErrorDefinition
  readonly next?: string
}

function meaningOf(status: number, wait: number | undefined, key: SentKey | undefined): Meaning {
  if (status === 408 || status === 425) return { error: sourceErrors.timeout }
  // A refusal that says when to come again is a rate limit: 418 and 420 are those of some services. A key is not refused for a while.
  if (status === 429 || (status >= 400 && status < 500 && status !== 401 && wait !== undefined)) {
    return {
      error: sourceErrors.rate_limited,
      next: 'Wait some minutes, lengthen the schedule interval, or move to a plan with a higher limit.',
    }
  }
  if (status === 401 || status === 403) {
    return {
      error: sourceErrors.unauthorized,
      next: key === undefined ? noKey : keyRefused(status, key),
    }
  }
  if (status >= 500) return { error: sourceErrors.server_error }
  return { error: sourceErrors.client_error, next: 'The request itself is refused; correct it. Retrying unchanged will fail again.' }
}

const noKey =
  'No key went with the request. Hand the connection on, which puts its token in place: http.request({ connection: connection("name"), url }). Its token is declared in sluice.config.ts: httpConnection({ url, token: secret("NAME") }).'

function keyRefused(status: number, { connection, at }: SentKey): string {
  const why = status === 403 ? 'It may also be good and lack the right to what is asked.' : ''
  const known =
    connection === undefined || at.length === 0
      ? 'Check the API key of the connection; "sluice config explain KEY" shows where it comes from.'
      : `Check the API key of the connection "${connection}" where it is set: ${at.join(', ')}.`
  return `${known} ${why}`.trimEnd()
}

const reasons: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  425: 'Too Early',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
}

/** The error a failed connection, a timeout or a broken body stands for. An abort by the task itself passes through. */
export function transportError(shown: ShownRequest, thrown: unknown, { timeoutMs, idleTimeoutMs }: Patience): SluiceError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error instanceof OutOfTime) {
    return error.idle
      ? sourceErrors.timeout(`${shown.service} sent nothing for ${idleTimeoutMs} ms`, {
          cause: error,
          facts: { ...shown, idleTimeoutMs },
          next: 'Check that the service is up; one that thinks long needs a longer idleTimeoutMs of the request.',
        })
      : sourceErrors.timeout(`${shown.service} gave no complete answer within ${timeoutMs} ms`, {
          cause: error,
          facts: { ...shown, timeoutMs },
          next: 'Check that the service is up; a large answer may need a longer timeoutMs of the request.',
        })
  }
  return sourceErrors.network(`${shown.service} could not be reached or broke off: ${reasonOf(error)}`, {
    cause: error,
    facts: { ...shown, reason: 'code' in error ? error.code : error.message },
    next: 'Check the network and the base URL of the connection.',
  })
}

/** Where each address of a name was tried, the error of the whole says nothing. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join('; ')
    : error.message
