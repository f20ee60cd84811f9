import { createHash } from 'node:crypto'
import type { SignInCount } from '@sluice/accounts'
import { requestErrors, type SluiceError } from '@sluice/core'
import type { UsersApi } from '../services.ts'
import { failedTries, rememberedMs } from './failed-tries.ts'
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
   * Checks a password. A try counts from its beginning, also for the process that takes the place of this one, so that a hundred tries at
   * once count as a hundred tries in a row.
   * @throws `request.throttled` with `retryAfterMs`, without having checked anything.
   */
  attempt<T>(of: Try, check: () => Promise<T | undefined>, kept?: KeptCounts): Promise<T | undefined>
}

/** Where counts outlive the process. */
export type KeptCounts = Pick<UsersApi, 'signInCounts' | 'keepSignInCounts'>

export function createThrottle(clock: () => number): Throttle {
  const counters = {
    pair: failedTries({ free: freeTries, longestMs: 15 * 60_000 }),
    // An office has one address, and a name is typed wrong now and then.
    address: failedTries({ free: 20, longestMs: 5 * 60_000 }),
    // Short, since whoever knows the name can raise it.
    name: failedTries({ free: 10, longestMs: 60_000 }),
  }
  const known = new Map<string, number>()
  // One password at a time in each: a check takes 32 MiB and a core.
  const strangers = createLane({ most: mostAtOnce, mostOfKey: mostOfAddress })
  const regulars = createLane({ most: mostAtOnce, mostOfKey: mostAtOnce })
  let restored: Promise<void> | undefined
  let keeping: Promise<void> = Promise.resolve()

  const restore = async (kept: KeptCounts): Promise<void> => {
    for (const { counter, key, tries, at } of await kept.signInCounts()) {
      if (counter === 'known') known.set(key, at)
      else counters[counter].restore(key, { count: tries, at })
    }
  }
  /** One after the other, each with what is true then: of two about one key the later one holds. */
  const keep = async (kept: KeptCounts | undefined, of: readonly Counted[]): Promise<void> => {
    if (kept === undefined) return
    const write = async (): Promise<void> => {
      const now = clock()
      const counts = of.map(({ counter, key }): SignInCount => {
        const { count, at } = counter === 'known' ? knownOf(known.get(key)) : (counters[counter].of(key) ?? nothing)
        return { counter, key, tries: count, at }
      })
      await kept.keepSignInCounts(counts, { failures: now - rememberedMs, known: now - knownMs })
    }
    const written = keeping.then(write)
    keeping = written.catch(() => undefined)
    await written
  }

  return {
    async attempt({ name, address }, check, kept) {
      if (kept !== undefined) {
        restored ??= restore(kept)
        await restored.catch((error: unknown) => {
          restored = undefined
          throw error
        })
      }
      const now = clock()
      const pair = digestOf(JSON.stringify([name, address]))
      const isKnown = now - (known.get(pair) ?? Number.NEGATIVE_INFINITY) <= knownMs
      const ofPair = { counter: 'pair', key: pair } as const
      const counted = isKnown
        ? [ofPair]
        : [ofPair, { counter: 'address', key: digestOf(address) } as const, { counter: 'name', key: digestOf(name) } as const]
      const waitMs = Math.max(...counted.map(({ counter, key }) => counters[counter].waitMs(key, now)))
      if (waitMs > 0) throw tooMany('too many failed sign-ins', waitMs)
      const lane = isKnown ? regulars : strangers
      if (!lane.hasRoom(address)) throw tooMany('too many sign-ins at once', 1_000)
      for (const { counter, key } of counted) counters[counter].add(key, now)
      const takeBack = (): void => {
        for (const { counter, key } of counted) counters[counter].takeBack(key)
      }
      const checked = async (): Promise<Awaited<ReturnType<typeof check>>> => {
        await keep(kept, counted)
        return await check()
      }
      const found = await lane.enter(address, checked).catch(async (error: unknown) => {
        // Nobody said that the password is wrong.
        takeBack()
        await keep(kept, counted).catch(() => undefined)
        throw error
      })
      if (found === undefined) return undefined
      takeBack()
      counters.pair.forget(pair)
      known.delete(pair)
      known.set(pair, now)
      for (const oldest of known.keys()) {
        if (known.size <= mostKnown) break
        known.delete(oldest)
      }
      await keep(kept, [...counted, { counter: 'known', key: pair }])
      return found
    },
  }
}

interface Counted {
  readonly counter: SignInCount['counter']
  readonly key: string
}

const nothing = { count: 0, at: 0 } as const
const knownOf = (at: number | undefined) => (at === undefined ? nothing : { count: 1, at })

/** What is kept is read by whoever reads the database: a name that was typed may be a password. */
const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

const tooMany = (message: string, retryAfterMs: number): SluiceError =>
  requestErrors.throttled(message, { retryAfterMs, next: `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.` })
