import { type Duration, durationMs } from './duration.ts'
import type { ErrorRecord } from './errors.ts'

/** How a step is tried again, as written in a definition. `attempts` counts the first try. */
export interface RetryOptions {
  readonly attempts: number
  readonly delay?: Duration
  readonly backoff?: 'constant' | 'exponential'
  readonly maxDelay?: Duration
}

/** The same with units resolved. Plain data; stored with the pipeline version. */
export interface RetryPolicy {
  readonly attempts: number
  readonly delayMs: number
  readonly backoff: 'constant' | 'exponential'
  readonly maxDelayMs: number
}

export const noRetry: RetryPolicy = Object.freeze({ attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 })

export function retryPolicy(options: RetryOptions | undefined): RetryPolicy {
  if (options === undefined) return noRetry
  return {
    attempts: Math.max(1, Math.floor(options.attempts)),
    delayMs: durationMs(options.delay ?? '5s'),
    backoff: options.backoff ?? 'constant',
    maxDelayMs: durationMs(options.maxDelay ?? '10m'),
  }
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) failed. Exponential doubles from `delayMs` up to
 * `maxDelayMs`; the last half of each wait is random (`random` in [0, 1)), so that many failing tasks do not return together.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = policy.backoff === 'constant' ? policy.delayMs : policy.delayMs * 2 ** Math.min(attempt - 1, 30)
  const capped = Math.min(full, policy.maxDelayMs)
  return Math.round(capped / 2 + (capped / 2) * random)
}

export type AfterFailure = { readonly action: 'retry'; readonly delayMs: number } | { readonly action: 'fail' }

/** What follows a failed attempt: permanent errors and bugs fail at once, a server's `Retry-After` is a lower bound of the wait. */
export function afterFailure(policy: RetryPolicy, attempt: number, error: ErrorRecord, random: number): AfterFailure {
  if (error.kind !== 'retryable' || attempt >= policy.attempts) return { action: 'fail' }
  return { action: 'retry', delayMs: Math.max(retryDelayMs(policy, attempt, random), error.retryAfterMs ?? 0) }
}
