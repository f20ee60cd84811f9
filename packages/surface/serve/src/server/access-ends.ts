import { isDeepStrictEqual } from 'node:util'
import { requestErrors } from '@sluice/core'
import type { Caller } from '../endpoint/caller.ts'

/** How often the access of whoever reads a stream is looked at: what was taken from them reaches no further than 15 s. */
export const lookMs = 10_000

export interface AccessWatch extends Disposable {
  /** Aborts when the caller may no longer do what they were let do, or may do other things than then. */
  readonly signal: AbortSignal
}

/**
 * Asks again and again who the caller is. A session that has ended, a revoked token, a disabled user and another role all end the stream;
 * whose rights have changed asks anew and is answered by those. While nobody can say (the database is away), the stream goes on.
 * @param now throws `request.denied` where access has ended
 */
export function watchAccess(first: Caller, now: () => Promise<Caller>, everyMs: number): AccessWatch {
  const ended = new AbortController()
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      if (!isDeepStrictEqual(await now(), first)) ended.abort(changed())
    } catch (error) {
      if (requestErrors.denied.is(error)) ended.abort(error)
    } finally {
      looking = false
    }
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return { signal: ended.signal, [Symbol.dispose]: () => clearInterval(timer) }
}

const changed = () =>
  requestErrors.denied('the rights of the caller have changed', { facts: { anonymous: false }, next: 'Ask for the stream again.' })
