import { requestErrors, type SluiceError } from '@sluice/core'

const freeTries = 3
const longestWaitMs = 15 * 60_000
const rememberedMs = 60 * 60_000
const mostRemembered = 10_000
const mostAtOnce = 8

/** Slows down guessing of passwords: for one name from one address by waits, for everybody by checking one password at a time. */
export interface Throttle {
  /**
   * Checks a password. Each failure after the third doubles the wait before the next try, from 1 s to 15 min; a success forgets them.
   * A try counts from its beginning, so that a hundred tries at once count as a hundred tries in a row.
   * @throws `request.denied` with `retryAfterMs`, without having checked anything.
   */
  attempt<T>(key: string, check: () => Promise<T | undefined>): Promise<T | undefined>
}

export function createThrottle(clock: () => number): Throttle {
  const failures = new Map<string, { readonly count: number; readonly at: number }>()
  let checking: Promise<unknown> = Promise.resolve()
  let waiting = 0

  return {
    async attempt(key, check) {
      const now = clock()
      const before = failures.get(key)
      const waitMs = before === undefined ? 0 : before.at + waitAfter(before.count) - now
      if (waitMs > 0) throw tooMany('too many failed sign-ins', waitMs)
      if (waiting >= mostAtOnce) throw tooMany('too many sign-ins at once', 1_000)
      // Moved to the end of the map, whose first entry is then the one that was quiet for the longest time.
      failures.delete(key)
      failures.set(key, { count: (before?.count ?? 0) + 1, at: now })
      for (const [name, { at }] of failures) {
        if (failures.size <= mostRemembered && now - at <= rememberedMs) break
        failures.delete(name)
      }
      waiting++
      try {
        // One at a time: each check takes 32 MiB and a core.
        const checked = checking.then(check)
        checking = checked.catch(() => undefined)
        const found = await checked
        if (found !== undefined) failures.delete(key)
        return found
      } finally {
        waiting--
      }
    },
  }
}

const waitAfter = (count: number): number => (count < freeTries ? 0 : Math.min(1_000 * 2 ** (count - freeTries), longestWaitMs))

const tooMany = (message: string, retryAfterMs: number): SluiceError =>
  requestErrors.denied(message, {
    facts: { anonymous: false, throttled: true },
    retryAfterMs,
    next: `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
  })
