/** How tries under one name of a counter are slowed: so many are free, then each failure doubles the wait, up to the longest. */
export interface Slowing {
  readonly free: number
  readonly longestMs: number
}

export interface Failures {
  readonly count: number
  readonly at: number
}

/** Failed tries by key, each remembered for an hour; of too many the one that was quiet for longest is forgotten. */
export interface FailedTries {
  /** How long the key still has to wait; 0 when it may try. */
  waitMs(key: string, now: number): number
  /** A try counts from its beginning. */
  add(key: string, now: number): void
  /** Takes one back: that try did not fail. */
  takeBack(key: string): void
  forget(key: string): void
  /** What is remembered of the key. */
  of(key: string): Failures | undefined
  /** Takes up what was remembered before, the one that was quiet for longest first. */
  restore(key: string, failures: Failures): void
}

export const rememberedMs = 60 * 60_000
const mostRemembered = 10_000

export function failedTries({ free, longestMs }: Slowing): FailedTries {
  const failures = new Map<string, Failures>()
  const waitAfter = (count: number): number => (count < free ? 0 : Math.min(1_000 * 2 ** (count - free), longestMs))
  return {
    waitMs(key, now) {
      const before = failures.get(key)
      return before === undefined ? 0 : Math.max(0, before.at + waitAfter(before.count) - now)
    },
    add(key, now) {
      const count = (failures.get(key)?.count ?? 0) + 1
      // Moved to the end of the map, whose first entry is then the one that was quiet for the longest time.
      failures.delete(key)
      failures.set(key, { count, at: now })
      for (const [name, { at }] of failures) {
        if (failures.size <= mostRemembered && now - at <= rememberedMs) break
        failures.delete(name)
      }
    },
    takeBack(key) {
      const before = failures.get(key)
      if (before === undefined) return
      if (before.count <= 1) failures.delete(key)
      else failures.set(key, { ...before, count: before.count - 1 })
    },
    forget: (key) => void failures.delete(key),
    of: (key) => failures.get(key),
    restore: (key, known) => void failures.set(key, known),
  }
}
