import { afterFailure, type ErrorRecord, type RetryPolicy, retryDelayMs, toErrorRecord } from '@sluice/core'
import { notifyErrors } from '../errors.ts'
import type { Recipients } from '../message.ts'
import type { Outcome } from '../outbox/outbox.ts'

/** Longer than a day, in steps of up to an hour: a receiver that is away for a day gets what it has missed. */
export const relayRetry: RetryPolicy = Object.freeze({ attempts: 36, delayMs: 30_000, backoff: 'exponential', maxDelayMs: 3_600_000 })

/** Of settings that the server refuses: never given up, and rarer up to a day, since servers lock an account that keeps trying. */
const heldRetry: RetryPolicy = Object.freeze({ attempts: 1, delayMs: 60_000, backoff: 'exponential', maxDelayMs: 86_400_000 })

export interface Tried {
  /** From 1; those that met wrong settings (`faults`) are among them. */
  readonly attempt: number
  readonly faults: number
  /** What was settled before this try. */
  readonly settled: Recipients
}

/**
 * What becomes of a message after a try. `answers` are the addresses that were told apart, `error` what was thrown when nobody took it.
 * Addresses are settled one by one: who was put off is tried again alone, while the policy has attempts left.
 * @param random in [0, 1)
 */
export function outcomeOf(
  policy: RetryPolicy,
  { attempt, faults, settled }: Tried,
  { answers, error }: { readonly answers: Recipients; readonly error?: ErrorRecord },
  random: number,
): Outcome {
  if (error?.code === notifyErrors.misconfigured.code) {
    return { kind: 'held', error, inMs: retryDelayMs(heldRetry, faults + 1, random) }
  }
  const states = { ...settled, ...answers }
  const put = notTaken(answers, 'deferred')
  const untold = Object.keys(answers).length === 0 ? error : undefined
  const trouble = put === null ? untold : toErrorRecord(notifyErrors.unavailable(put, { next: 'Those addresses are tried again, alone.' }))
  if (trouble !== undefined) {
    const after = afterFailure(policy, attempt - faults, trouble, random)
    if (after.action === 'retry') return { kind: 'retry', error: trouble, inMs: after.delayMs, recipients: withoutDeferred(states) }
  }
  const recipients = Object.fromEntries(
    Object.entries(states).map(([address, each]) => [address, each.state === 'deferred' ? ({ ...each, state: 'refused' } as const) : each]),
  )
  const refused = notTaken(recipients, 'refused')
  if (Object.values(recipients).some(({ state }) => state === 'delivered')) {
    return { kind: 'delivered', recipients, note: untold === undefined ? refused : `${untold.code}: ${untold.message}` }
  }
  return {
    kind: 'failed',
    error:
      error ??
      toErrorRecord(
        notifyErrors.refused(refused ?? 'nobody took it', {
          next: 'Correct the addresses of the group or connection, then: sluice notify retry KEY.',
        }),
      ),
    recipients,
  }
}

const withoutDeferred = (states: Recipients): Recipients =>
  Object.fromEntries(Object.entries(states).filter(([, { state }]) => state !== 'deferred'))

/** `refused for a@example.org: 550 no such user; ...`, `null` when there is none. */
function notTaken(states: Recipients, state: 'deferred' | 'refused'): string | null {
  const reasons = Object.entries(states).flatMap(([address, each]) =>
    each.state === state ? [`${state} for ${address}: ${each.reason}`] : [],
  )
  return reasons.length === 0 ? null : reasons.join('; ')
}
