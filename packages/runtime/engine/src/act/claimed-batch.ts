import { join } from 'node:path'
import { logPath } from '../state/attempts.ts'
import type { Claim } from '../state/claim.ts'
import type { FinishItem } from '../state/finish.ts'
import type { Heartbeat } from './heartbeat.ts'
import { changeSlot, type SharedSlots, slotState } from './shared-slots.ts'

/**
 * The claims of one round, as the main thread holds them; a claim's slot is its position. The heartbeat thread works on the same slots
 * (shared-slots.ts has their states): it may give a claim back that has not begun.
 */
export class ClaimedBatch {
  readonly #slots: SharedSlots
  readonly #stateDir: string
  #claims: readonly Claim[] = []
  readonly #stops = new Map<number, AbortController>()

  constructor(slots: SharedSlots, stateDir: string) {
    this.#slots = slots
    this.#stateDir = stateDir
  }

  /** The heartbeat thread hears of the claims before their slots are its own to revoke, and of none once the process holds nothing. */
  take(claims: readonly Claim[], worker: number, heartbeat: Heartbeat): void {
    if (claims.length + this.#claims.length === 0) return
    this.#claims = claims
    this.#stops.clear()
    heartbeat.send({
      kind: 'batch',
      held: claims.map((each, slot) => ({
        slot,
        worker,
        id: each.id,
        token: each.token,
        logFile: join(this.#stateDir, logPath(each)),
      })),
    })
    for (const slot of claims.keys()) Atomics.store(this.#slots.states, slot, slotState.claimed)
  }

  /** False when the heartbeat thread has given the claim back. */
  begin(slot: number): boolean {
    this.#slots.begunAt[slot] = Date.now()
    return changeSlot(this.#slots, slot, slotState.claimed, slotState.begun)
  }

  end(slot: number): void {
    Atomics.store(this.#slots.states, slot, slotState.ended)
  }

  /** The claims that have not begun, to be recorded as given back; none of them begins any more. */
  revoke(): readonly FinishItem[] {
    return this.#claims.filter((_, slot) => changeSlot(this.#slots, slot, slotState.claimed, slotState.revoked)).map(givenBack)
  }

  /** Tells a task run to stop, also one that has not begun yet. */
  stop(id: number, reason: Error): void {
    this.#stopOf(id).abort(reason)
  }

  stopSignal(id: number): AbortSignal {
    return this.#stopOf(id).signal
  }

  #stopOf(id: number): AbortController {
    const stop = this.#stops.get(id) ?? new AbortController()
    this.#stops.set(id, stop)
    return stop
  }
}

/** The record of a claim that was never begun. */
export const givenBack = ({ id, token }: Claim): FinishItem => ({
  id,
  token,
  outcome: 'released',
  delayMs: 0,
  output: undefined,
  error: null,
  reason: null,
  receipts: [],
  taken: [],
})
