/**
 * The states of the claims at hand, in shared memory: the heartbeat thread must see them while the main thread is blocked.
 *
 * States of a slot: free -> claimed (a claim came) -> begun (main, compare-and-swap) -> ended (main) -> free; or claimed -> revoked
 * (thread, compare-and-swap: the task is given back to the queue). Exactly one side wins a claimed slot, so a task given back is never
 * begun.
 */
export const slotState = { free: 0, claimed: 1, begun: 2, ended: 3, revoked: 4 } as const

const slotCount = 64

export interface SharedSlots {
  readonly states: Int32Array
  /** Epoch milliseconds at which the slot's task began. */
  readonly begunAt: Float64Array
}

export const newSharedMemory = (): SharedArrayBuffer => new SharedArrayBuffer(slotCount * 12)

export const sharedSlots = (memory: SharedArrayBuffer): SharedSlots => ({
  begunAt: new Float64Array(memory, 0, slotCount),
  states: new Int32Array(memory, slotCount * 8, slotCount),
})

/** True when this call changed the state of the slot. */
export const changeSlot = (slots: SharedSlots, slot: number, from: number, to: number): boolean =>
  Atomics.compareExchange(slots.states, slot, from, to) === from
