import { afterFailure, type ErrorRecord, type RetryPolicy } from '@sluice/core'

/** About a day, in steps of up to an hour: longer than a greylist and than most outages. */
export const relayRetry: RetryPolicy = Object.freeze({ attempts: 30, delayMs: 30_000, backoff: 'exponential', maxDelayMs: 3_600_000 })

/** Milliseconds until a failed sending is tried again, `null` for never. `random` in [0, 1). */
export function retryInMs(policy: RetryPolicy, attempt: number, error: ErrorRecord, random: number): number | null {
  const after = afterFailure(policy, attempt, error, random)
  return after.action === 'retry' ? after.delayMs : null
}
