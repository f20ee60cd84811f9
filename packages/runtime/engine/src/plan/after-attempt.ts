import {
  afterFailure,
  type ErrorRecord,
  formatDuration,
  formatInstant,
  type Instant,
  type Json,
  type RetryPolicy,
  unreachable,
} from '@sluice/core'

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
    /** One poll; null is what a definition of before said. */
    readonly pollTimeoutMs: number | null
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
 * - not yet, or a poll that timed out -> rescheduled, consuming no attempt, until the whole wait is over: then failed or skipped as the
 *   sensor says.
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
    if (next.action === 'retry') return end('retry', { delayMs: next.delayMs, error })
    return end('failed', { error: next.beyondMs === undefined ? error : askingTooMuch(error, next.beyondMs, now) })
  }
  const notYet = (sensor: SensorFacts): AfterAttempt => {
    const leftMs = leftOf(sensor, now)
    if (leftMs > 0) return end('rescheduled', { delayMs: Math.min(sensor.everyMs, leftMs) })
    const waited = timeoutError(sensor.timeoutMs ?? 0, longerSensor)
    return sensor.onTimeout === 'skip' ? end('skipped', { reason: waited.message }) : end('failed', { error: waited })
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
      return facts.sensor === null ? failed(timeoutError(ended.afterMs, longerTask)) : notYet(facts.sensor)
    case 'not_yet':
      return facts.sensor === null ? end('rescheduled') : notYet(facts.sensor)
    default:
      return unreachable(ended)
  }
}

/** Year 275,760: no later instant has a text. */
const lastInstant = 8_640_000_000_000_000

function askingTooMuch(error: ErrorRecord, limitMs: number, now: Instant): ErrorRecord {
  const until = now + (error.retryAfterMs ?? 0)
  const when = until < lastInstant ? formatInstant(until) : 'a time that no calendar has'
  return {
    ...error,
    message: `${error.message}; it asks to wait until ${when}, longer than the ${formatDuration(limitMs)} that the step waits`,
    next: 'Clear the task when the service may be asked again, or allow a longer wait: retry: { maxRetryAfter } of the step.',
  }
}

type SensorFacts = NonNullable<AttemptFacts['sensor']>

const leftOf = ({ timeoutMs, waitingSince }: SensorFacts, now: Instant): number =>
  timeoutMs === null ? Number.POSITIVE_INFINITY : waitingSince + timeoutMs - now

/** A last poll, which begins when the whole wait is nearly over or was over while nothing ran, is given as long as this, or as `every`. */
const leastPollMs = 1_000

/**
 * How long one poll may take: its own timeout, and no longer than the whole wait goes on. Polls that take longer than the time between two
 * of them follow each other.
 */
export const pollLimitMs = (sensor: SensorFacts, now: Instant): number =>
  Math.min(sensor.pollTimeoutMs ?? Number.POSITIVE_INFINITY, Math.max(leftOf(sensor, now), sensor.everyMs, leastPollMs))

const longerTask = 'Give the task a longer timeout, or make it do less.'
const longerSensor = 'Look at what it waits for, or give the sensor a longer timeout.'

const timeoutError = (afterMs: number, next: string): ErrorRecord => ({
  code: 'task.timeout',
  kind: 'retryable',
  message: `timed out after ${afterMs} ms`,
  next,
  facts: { timeoutMs: afterMs },
})
