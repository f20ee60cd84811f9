import { type Queryable, retryAfter, withRetry } from '@sluice/postgres'
import type { ClaimRoom } from '../plan/batching.ts'
import { type Claim, claim, heldClaims } from '../state/claim.ts'
import { type FinishItem, finish, finishAndClaim } from '../state/finish.ts'
import { afterTransition } from './after-transition.ts'
import { givenBack } from './held-claims.ts'
import type { Notifier } from './notifier.ts'

export interface RecorderOptions {
  readonly db: Queryable
  readonly notifier: Notifier
  /** Under which the process claims now; it changes only while nothing is held. */
  readonly worker: () => number
}

/** Records the ends of a worker's attempts. */
export class Recorder {
  readonly #options: RecorderOptions
  #brokeAt: number | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /**
   * Repeated for as long as the lease holds: the heartbeat thread ends the process when it does not. Of the tasks that became runnable this
   * worker claims `mine` in a moment; for more of them others are woken.
   */
  async record(items: readonly FinishItem[], mine = 0): Promise<void> {
    if (items.length === 0) return
    const { db, notifier } = this.#options
    const worker = this.#options.worker()
    const finished = await withRetry(() => finish(db, worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
    await afterTransition(db, notifier, finished, mine)
  }

  /**
   * Records ends together with the next claim: one commit a task of a chain instead of two. Where the connection breaks, the ends are
   * recorded all the same, and whatever was claimed without an answer is `unheard` of.
   */
  async recordAndClaim(items: readonly FinishItem[], room: ClaimRoom): Promise<readonly Claim[]> {
    const { db, notifier } = this.#options
    const worker = this.#options.worker()
    try {
      if (items.length === 0) return await claim(db, worker, room)
      const { finished, claims } = await finishAndClaim(db, worker, items, room)
      await afterTransition(db, notifier, finished, claims.length)
      return claims
    } catch (error) {
      await this.record(items)
      if (retryAfter(error) !== 'connection') throw error
      this.#brokeAt = performance.now()
      return []
    }
  }

  /**
   * Claims of this worker that it has never heard of, to be given back. The server may go on with a statement whose connection broke, so
   * that it is asked for some time.
   */
  async unheard(known: readonly Claim[]): Promise<readonly FinishItem[]> {
    if (this.#brokeAt === undefined) return []
    const { db } = this.#options
    const worker = this.#options.worker()
    const overSince = performance.now() - this.#brokeAt
    const tokens = new Set(known.map(({ id, token }) => `${id}.${token}`))
    const all = await withRetry(() => heldClaims(db, worker), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
    if (overSince > brokenForMs) this.#brokeAt = undefined
    return all.filter(({ id, token }) => !tokens.has(`${id}.${token}`)).map(givenBack)
  }
}

const brokenForMs = 10_000
