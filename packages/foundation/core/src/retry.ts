import { type Duration, durationMs } from './duration.ts'
import type { ErrorRecord } from './error-record.ts'
import { definitionErrors } from './general-errors.ts'

/** How a step is tried again, as written in a definition. `attempts` counts the first try. */
export interface RetryOptions {
  readonly attempts: number
  /** At least so long; up to half of it comes on top at random. */
  readonly delay?: Duration
  readonly backoff?: 'constant' | 'exponential'
  /** Defaults to ten minutes, or to `delay` where that is longer. */
  readonly maxDelay?: Duration
  /** The longest wait that a server may ask for (`Retry-After`): one that asks for more fails the step. Six hours by default. */
  readonly maxRetryAfter?: Duration
}

/** The same with units resolved. Plain data; stored with the pipeline version. */
export interface RetryPolicy {
  readonly attempts: number
  readonly delayMs: number
  readonly backoff: 'constant' | 'exponential'
  readonly maxDelayMs: number
  /** Six hours where it is not there. */
  readonly maxRetryAfterMs?: number
}

export const noRetry: RetryPolicy = Object.freeze({ attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 })

/** @throws `definition.invalid` for attempts that are not a whole number of at least 1. */
export function retryPolicy(options: RetryOptions | undefined): RetryPolicy {
  if (options === undefined) return noRetry
  if (!Number.isSafeInteger(options.attempts) || options.attempts < 1) {
    const given: unknown = options.attempts
    throw definitionErrors.invalid(
      `retry: ${typeof given === 'string' ? JSON.stringify(given) : String(given)} is not a number of attempts`,
      {
        facts: { attempts: options.attempts },
        next: 'Write a whole number from 1, such as attempts: 3; the first try counts.',
      },
    )
  }
  const delayMs = durationMs(options.delay ?? '5s')
  return {
    attempts: options.attempts,
    delayMs,
    backoff: options.backoff ?? 'constant',
    maxDelayMs: options.maxDelay === undefined ? Math.max(delayMs, durationMs('10m')) : durationMs(options.maxDelay),
    ...(options.maxRetryAfter === undefined ? {} : { maxRetryAfterMs: durationMs(options.maxRetryAfter) }),
  }
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) failed. Exponential doubles from `delayMs` up to `maxDelayMs`. That is a
 * lower bound: up to half of it comes on top at random (`random` in [0, 1)), so that many failing tasks do not return together.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = policy.backoff === 'constant' ? policy.delayMs : policy.delayMs * 2 ** Math.min(attempt - 1, 30)
  const capped = Math.min(full, policy.maxDelayMs)
  return Math.round(capped + (capped / 2) * random)
}

export type AfterFailure =
  /** A whole number. */
  | { readonly action: 'retry'; readonly delayMs: number }
  /** `beyondMs`: the server asks for a longer wait than this, which is the policy's limit. */
  | { readonly action: 'fail'; readonly beyondMs?: number }

/**
 * What follows a failed attempt: permanent errors and bugs fail at once, a server's `Retry-After` is a lower bound of the wait. That number
 * comes from outside, so one that is not a wait counts as none, and one beyond the limit fails: a year would park the task for a year.
 */
export function afterFailure(policy: RetryPolicy, attempt: number, error: ErrorRecord, random: number): AfterFailure {
  const asked = error.retryAfterMs ?? 0
  const beyondMs = policy.maxRetryAfterMs ?? sixHours
  if (error.kind === 'retryable' && asked > beyondMs) return { action: 'fail', beyondMs }
  if (error.kind !== 'retryable' || attempt >= policy.attempts) return { action: 'fail' }
  return { action: 'retry', delayMs: Math.max(retryDelayMs(policy, attempt, random), asked > 0 ? Math.ceil(asked) : 0) }
}

const sixHours = durationMs('6h')
