import { join } from 'node:path'
import { logPath } from '../state/attempts.ts'
import type { Claim } from '../state/claim.ts'
import type { FinishItem } from '../state/finish.ts'
import type { Heartbeat } from './heartbeat.ts'
import { changeSlot, claiming, type SharedSlots, slotState } from './shared-slots.ts'

export interface HeldClaim {
  readonly claim: Claim
  readonly slot: number
  /** Aborts when its run is cancelled. */
  readonly stop: AbortSignal
}

/**
 * The claims of a worker process, as its main thread holds them, each in a slot. The heartbeat thread works on the same slots
 * (shared-slots.ts has their states): it may give a claim back that has not begun.
 */
export class HeldClaims {
  readonly #slots: SharedSlots
  readonly #stateDir: string
  readonly #heartbeat: Heartbeat
  readonly #stops = new Map<number, AbortController>()
  readonly #held = new Map<number, HeldClaim>()

  constructor(slots: SharedSlots, stateDir: string, heartbeat: Heartbeat) {
    this.#slots = slots
    this.#stateDir = stateDir
    this.#heartbeat = heartbeat
  }

  /** A claim is sent. Where the main thread is blocked before it hears the answer, the heartbeat thread gives back what was claimed. */
  ask(): void {
    this.#slots.claimingSince[0] = Date.now()
    Atomics.store(this.#slots.claiming, 0, claiming.asked)
  }

  /** The answer is heard. False when the heartbeat thread has abandoned the claim: what it brought is to be given back. */
  hear(): boolean {
    return Atomics.exchange(this.#slots.claiming, 0, claiming.none) === claiming.asked
  }

  /** The heartbeat thread hears of the claims before their slots are its own to revoke. @param worker under which they were made */
  take(claims: readonly Claim[], worker: number): readonly HeldClaim[] {
    const { states, turns } = this.#slots
    const taken = claims.map((claim) => this.#place(claim))
    const logFileOf = (claim: Claim): string => join(this.#stateDir, logPath(claim))
    this.#heartbeat.send({
      kind: 'held',
      held: taken.map(({ slot, claim }) => ({
        worker,
        slot,
        turn: Atomics.add(turns, slot, 1) + 1,
        id: claim.id,
        token: claim.token,
        logFile: logFileOf(claim),
      })),
    })
    for (const { slot } of taken) Atomics.store(states, slot, slotState.claimed)
    return taken
  }

  #place(claim: Claim): HeldClaim {
    let slot = 0
    while (this.#held.has(slot)) slot++
    const stop = new AbortController()
    const held = { claim, slot, stop: stop.signal }
    this.#stops.set(slot, stop)
    this.#held.set(slot, held)
    return held
  }

  /** False when the heartbeat thread has given the claim back. */
  begin({ slot }: HeldClaim): boolean {
    this.#slots.beginningSince[0] = Date.now()
    return changeSlot(this.#slots, slot, slotState.claimed, slotState.begun)
  }

  /** The code of the task that was begun last has been called, and the event loop is free. */
  hasBegun(): void {
    this.#slots.beginningSince[0] = 0
  }

  end({ slot }: HeldClaim): void {
    Atomics.store(this.#slots.states, slot, slotState.ended)
  }

  /** Its end is recorded, or it was given back. */
  free({ slot }: HeldClaim): void {
    this.#held.delete(slot)
    this.#stops.delete(slot)
    Atomics.store(this.#slots.states, slot, slotState.free)
  }

  /** Those of the claims that have not begun, to be recorded as given back; none of them begins any more. */
  revoke(claims: readonly HeldClaim[]): readonly FinishItem[] {
    const revoked = claims.filter(({ slot }) => changeSlot(this.#slots, slot, slotState.claimed, slotState.revoked))
    for (const each of claims) this.free(each)
    return revoked.map(({ claim }) => givenBack(claim))
  }

  claims(): readonly Claim[] {
    return [...this.#held.values()].map(({ claim }) => claim)
  }

  /** Tells a task run to stop, also one that has not begun yet. */
  stop(id: number, reason: Error): void {
    for (const { claim, slot } of this.#held.values()) if (claim.id === id) this.#stops.get(slot)?.abort(reason)
  }
}

/** The record of a claim that was never begun. */
export const givenBack = ({ id, token }: Pick<Claim, 'id' | 'token'>): FinishItem => ({
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
