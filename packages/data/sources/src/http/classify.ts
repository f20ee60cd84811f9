import type { ErrorDefinition, SluiceError } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import { retryAfterMs } from './retry-after.ts'

/** A request as logs and errors show it: without secrets. */
export interface ShownRequest {
  readonly service: string
  readonly method: string
  /** Without query parameters. */
  readonly url: string
}

/** The error an answer outside 2xx stands for. */
export function statusError(
  shown: ShownRequest,
  status: number,
  statusText: string,
  headers: Headers,
  excerpt: string,
  now: number,
): SluiceError {
  const { error, next = 'Look at the answer under "body"; if the service is at fault, wait and clear the task.' } = meaningOf(status)
  const wait = retryAfterMs(headers.get('retry-after'), now)
  return error(`${shown.service} API error: ${status} ${statusText || reasons[status] || ''}`.trimEnd(), {
    facts: { ...shown, status, ...(excerpt === '' ? {} : { body: excerpt }) },
    next,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}

interface Meaning {
  readonly error: ErrorDefinition
  readonly next?: string
}

function meaningOf(status: number): Meaning {
  if (status === 429) {
    return {
      error: sourceErrors.rate_limited,
      next: 'Wait some minutes, lengthen the schedule interval, or move to a plan with a higher limit.',
    }
  }
  if (status === 401 || status === 403) {
    return {
      error: sourceErrors.unauthorized,
      next: 'Check the API key of the connection; "sluice config explain KEY" shows where it comes from.',
    }
  }
  if (status === 408 || status === 425) return { error: sourceErrors.timeout }
  if (status >= 500) return { error: sourceErrors.server_error }
  return { error: sourceErrors.client_error, next: 'The request itself is refused; correct it. Retrying unchanged will fail again.' }
}

const reasons: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  425: 'Too Early',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
}

/** The error a failed connection, a timeout or a broken body stands for. An abort by the task itself passes through. */
export function transportError(shown: ShownRequest, thrown: unknown, timeoutMs: number): SluiceError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error.name === 'TimeoutError') {
    return sourceErrors.timeout(`${shown.service} gave no complete answer within ${timeoutMs} ms`, {
      cause: error,
      facts: { ...shown, timeoutMs },
      next: 'Check that the service is up; a slow one may need a longer timeout.',
    })
  }
  const cause = error.cause instanceof Error ? error.cause : error
  return sourceErrors.network(`${shown.service} could not be reached or broke off: ${cause.message}`, {
    cause: error,
    facts: { ...shown, reason: 'code' in cause ? cause.code : cause.message },
    next: 'Check the network and the base URL of the connection.',
  })
}
