import { type Queryable, withRetry } from '@sluice/postgres'
import { type Claim, type ClaimRoom, claim } from '../state/claim.ts'
import { type FinishItem, finish, finishAndClaim } from '../state/finish.ts'
import { afterTransition } from './after-transition.ts'
import type { Notifier } from './notifier.ts'

export interface RecorderOptions {
  readonly db: Queryable
  readonly notifier: Notifier
  /** Under which the process claims now; it changes only while nothing is held. */
  readonly worker: () => number
  /** Aborted: this worker claims no more, so that others must hear of every task that became runnable. */
  readonly draining: AbortSignal
}

/** Records the ends of a worker's attempts. */
export class Recorder {
  readonly #options: RecorderOptions

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Repeated for as long as the lease holds: the heartbeat thread ends the process when it does not. */
  async record(items: readonly FinishItem[]): Promise<void> {
    if (items.length === 0) return
    const { db, notifier, draining } = this.#options
    const worker = this.#options.worker()
    const finished = await withRetry(() => finish(db, worker, items), { attempts: Number.POSITIVE_INFINITY, whenDisconnected: true })
    await afterTransition(db, notifier, finished, draining.aborted ? 0 : 1)
  }

  /** Records the ends of a round together with the next claim: one commit a task of a chain instead of two. */
  async recordAndClaim(items: readonly FinishItem[], room: ClaimRoom): Promise<readonly Claim[]> {
    const { db, notifier } = this.#options
    const worker = this.#options.worker()
    if (items.length === 0) return await claim(db, worker, room)
    try {
      const { finished, claims } = await finishAndClaim(db, worker, items, room)
      await afterTransition(db, notifier, finished, claims.length)
      return claims
    } catch (error) {
      // The ends are recorded first; then the process is replaced, and what it may have claimed without knowing is reaped.
      await this.record(items)
      throw error
    }
  }
}
