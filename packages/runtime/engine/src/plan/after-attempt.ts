import { afterFailure, type ErrorRecord, type Instant, type Json, type RetryPolicy, unreachable } from '@sluice/core'

/** What became of one call of user code. */
export type Ended =
  | { readonly kind: 'returned'; readonly output: Json | undefined }
  /** A sensor's poll answered `false`. */
  | { readonly kind: 'not_yet' }
  | { readonly kind: 'threw'; readonly error: ErrorRecord }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'timed_out'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }

/** The facts about a task and its past that the decision needs. */
export interface AttemptFacts {
  readonly retry: RetryPolicy
  /** Failures of the code in this generation before this attempt. Losses of workers are counted elsewhere (rule 7). */
  readonly failures: number
  readonly sensor: null | {
    readonly everyMs: number
    readonly onTimeout: 'fail' | 'skip'
    /** The whole wait; null waits forever. */
    readonly timeoutMs: number | null
    readonly waitingSince: Instant
  }
}

export interface AfterAttempt {
  readonly outcome: 'success' | 'failed' | 'skipped' | 'cancelled' | 'retry' | 'rescheduled'
  readonly delayMs: number
  readonly output: Json | undefined
  readonly error: ErrorRecord | null
  readonly reason: string | null
}

/**
 * - returned -> success; skipped -> skipped; cancelled -> cancelled;
 * - threw, timed out -> retry while the policy has attempts left and the error may pass, else failed;
 * - not yet -> rescheduled, consuming no attempt, until the whole wait is over: then failed or skipped as the sensor says.
 */
export function afterAttempt(ended: Ended, facts: AttemptFacts, now: Instant, random: number): AfterAttempt {
  const end = (outcome: AfterAttempt['outcome'], rest: Partial<AfterAttempt> = {}): AfterAttempt => ({
    outcome,
    delayMs: 0,
    output: undefined,
    error: null,
    reason: null,
    ...rest,
  })
  const failed = (error: ErrorRecord): AfterAttempt => {
    const next = afterFailure(facts.retry, facts.failures + 1, error, random)
    return next.action === 'retry' ? end('retry', { delayMs: next.delayMs, error }) : end('failed', { error })
  }
  switch (ended.kind) {
    case 'returned':
      return end('success', { output: ended.output })
    case 'skipped':
      return end('skipped', { reason: ended.reason })
    case 'cancelled':
      return end('cancelled', { reason: 'the run was cancelled' })
    case 'threw':
      return failed(ended.error)
    case 'timed_out':
      return failed(timeoutError(ended.afterMs))
    case 'not_yet': {
      const { sensor } = facts
      const everyMs = sensor?.everyMs ?? 0
      const leftMs = sensor?.timeoutMs == null ? Number.POSITIVE_INFINITY : sensor.waitingSince + sensor.timeoutMs - now
      if (leftMs > 0) return end('rescheduled', { delayMs: Math.min(everyMs, leftMs) })
      const waited = timeoutError(sensor?.timeoutMs ?? 0)
      return sensor?.onTimeout === 'skip' ? end('skipped', { reason: waited.message }) : end('failed', { error: waited })
    }
    default:
      return unreachable(ended)
  }
}

const timeoutError = (afterMs: number): ErrorRecord => ({
  code: 'task.timeout',
  kind: 'retryable',
  message: `timed out after ${afterMs} ms`,
  next: 'Give the task a longer timeout, or make it do less.',
  facts: { timeoutMs: afterMs },
})
