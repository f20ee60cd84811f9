import type { AttemptsAtHand } from './attempts-at-hand.ts'
import type { HeldClaim, HeldClaims } from './held-claims.ts'
import type { Recorder } from './recorder.ts'

/** Ends recorded together wait at most this long for each other. */
const flushMs = 15

export interface Beginning {
  readonly held: HeldClaims
  readonly attempts: AttemptsAtHand
  readonly recorder: Recorder
  readonly draining: AbortSignal
  /** Attempts that wait, side by side. */
  readonly most: number
}

/**
 * Begins claims, each once the code of the one before has given the event loop free. Those for which there is no room side by side are
 * given back. Ends that would wait longer than `flushMs` for the next claim are recorded on the way.
 */
export async function beginClaims(claims: readonly HeldClaim[], { held, attempts, recorder, draining, most }: Beginning): Promise<void> {
  let recordedAt = performance.now()
  for (const [index, each] of claims.entries()) {
    const full = !each.claim.computes && attempts.atHand().waiting >= most
    if (full) attempts.slow()
    if (full || draining.aborted) {
      await recorder.record(held.revoke(claims.slice(index)))
      break
    }
    if (!held.begin(each)) {
      held.free(each)
      continue
    }
    attempts.begin(each)
    await called()
    if (performance.now() - recordedAt > flushMs && attempts.haveEnded() && index < claims.length - 1) {
      held.hasBegun()
      const ends = await attempts.takeEnds()
      await recorder.record(ends.items, 1)
      ends.recorded()
      recordedAt = performance.now()
    }
  }
  held.hasBegun()
}

/** Resolves when the code that was called has given the event loop free: promises that are settled have had their turn. */
const called = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
