import type { Instant } from '@sluice/core'

/** A clock that stands still until `advance` moves it. */
export interface TestClock {
  /** Pass this where a clock is asked for. */
  readonly now: () => Instant
  advance(ms: number): void
}

/** @param start an ISO-8601 text or epoch milliseconds. */
export function testClock(start: string | Instant): TestClock {
  let at = typeof start === 'string' ? Date.parse(start) : start
  return {
    now: () => at,
    advance: (ms) => {
      at += ms
    },
  }
}
