import { requestErrors, type SluiceError } from '@sluice/core'
import { failedTries } from './failed-tries.ts'
import { createLane } from './lane.ts'

const freeTries = 3
const mostKnown = 10_000
const knownMs = 30 * 24 * 60 * 60_000
const mostAtOnce = 8
const mostOfAddress = 4

/** Whose password a try shows, and from where. */
export interface Try {
  readonly name: string
  readonly address: string
}

/**
 * Slows down guessing of passwords. Three counters: of a name from an address, of an address whatever the names (one password over many
 * names), of a name whatever the addresses (many machines). Who has shown the right password from an address within 30 days is known
 * there: the failures of others hold such a pair up no longer, and its passwords are checked in a lane of their own. So neither a flood
 * without credentials nor guesses at one's own name from elsewhere keep people out who sign in as they always do.
 */
export interface Throttle {
  /**
   * Checks a password. A try counts from its beginning, so that a hundred tries at once count as a hundred tries in a row.
   * @throws `request.throttled` with `retryAfterMs`, without having checked anything.
   */
  attempt<T>(of: Try, check: () => Promise<T | undefined>): Promise<T | undefined>
}

export function createThrottle(clock: () => number): Throttle {
  const ofPair = failedTries({ free: freeTries, longestMs: 15 * 60_000 })
  // An office has one address, and a name is typed wrong now and then.
  const ofAddress = failedTries({ free: 20, longestMs: 5 * 60_000 })
  // Short, since whoever knows the name can raise it.
  const ofName = failedTries({ free: 10, longestMs: 60_000 })
  const known = new Map<string, number>()
  // One password at a time in each: a check takes 32 MiB and a core.
  const strangers = createLane({ most: mostAtOnce, mostOfKey: mostOfAddress })
  const regulars = createLane({ most: mostAtOnce, mostOfKey: mostAtOnce })

  return {
    async attempt({ name, address }, check) {
      const now = clock()
      const pair = JSON.stringify([name, address])
      const isKnown = now - (known.get(pair) ?? Number.NEGATIVE_INFINITY) <= knownMs
      const counters = isKnown
        ? [[ofPair, pair] as const]
        : [[ofPair, pair] as const, [ofAddress, address] as const, [ofName, name] as const]
      const waitMs = Math.max(...counters.map(([counter, key]) => counter.waitMs(key, now)))
      if (waitMs > 0) throw tooMany('too many failed sign-ins', waitMs)
      const lane = isKnown ? regulars : strangers
      if (!lane.hasRoom(address)) throw tooMany('too many sign-ins at once', 1_000)
      for (const [counter, key] of counters) counter.add(key, now)
      const takeBack = (): void => {
        for (const [counter, key] of counters) counter.takeBack(key)
      }
      const found = await lane.enter(address, check).catch((error: unknown) => {
        // Nobody said that the password is wrong.
        takeBack()
        throw error
      })
      if (found === undefined) return undefined
      takeBack()
      ofPair.forget(pair)
      known.delete(pair)
      known.set(pair, now)
      for (const oldest of known.keys()) {
        if (known.size <= mostKnown) break
        known.delete(oldest)
      }
      return found
    },
  }
}

const tooMany = (message: string, retryAfterMs: number): SluiceError =>
  requestErrors.throttled(message, { retryAfterMs, next: `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.` })
