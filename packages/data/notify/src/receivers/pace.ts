import type { ReceiverKind } from '@sluice/author'
import type { Instant } from '@sluice/core'

/**
 * The least time between two calls of one receiver, below what the services allow: Slack 1 message a second for a webhook, PagerDuty 120
 * events a minute for a key, Opsgenie 60 calls a minute. A workflow of Teams is asked as seldom as Slack.
 */
export const paceMs: Readonly<Record<ReceiverKind, number>> = { slack: 1_000, teams: 1_000, webhook: 0, pagerduty: 500, opsgenie: 1_000 }

/** The longest that a message waits for its turn in the hands of a sender; what would wait longer goes back into the outbox. */
export const longestTurnMs = 5_000

export type Turn = { readonly kind: 'wait'; readonly inMs: number } | { readonly kind: 'later'; readonly inMs: number }

/** The turns of one receiver. */
export interface Turns {
  /** Takes the next turn, unless it is too far away. */
  take(now: Instant): Turn
  /** The receiver asks not to be called until then. */
  pause(until: Instant): void
}

export function turnsOf(everyMs: number): Turns {
  let free = 0
  return {
    take(now) {
      const inMs = Math.max(0, free - now)
      if (inMs > longestTurnMs) return { kind: 'later', inMs }
      free = Math.max(now, free) + everyMs
      return { kind: 'wait', inMs }
    },
    pause(until) {
      free = Math.max(free, until)
    },
  }
}
