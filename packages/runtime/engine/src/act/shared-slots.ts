/**
 * The claims that a process holds, in shared memory: the heartbeat thread must see them while the main thread is blocked.
 *
 * States of a slot: free -> claimed (a claim came) -> begun (main, compare-and-swap) -> ended (main) -> free (its end is recorded); or
 * claimed -> revoked (compare-and-swap: the task is given back to the queue) -> free. Exactly one side wins a claimed slot, so a task given
 * back is never begun. Each claim of a slot has a turn of its own: what is known of the claim before it is not taken for it.
 */
export const slotState = { free: 0, claimed: 1, begun: 2, ended: 3, revoked: 4 } as const

export interface SharedSlots {
  readonly states: Int32Array
  readonly turns: Int32Array
  /** One number, of `claiming`. */
  readonly claiming: Int32Array
  /** One number: since when (epoch milliseconds) the main thread waits for the answer to a claim. */
  readonly claimingSince: Float64Array
  /** One number: since when (epoch milliseconds) the main thread calls the code of a task that it begins; 0 when it does not. */
  readonly beginningSince: Float64Array
  /** One number: when (epoch milliseconds) the main thread last answered that its event loop turns. */
  readonly turnedAt: Float64Array
}

/**
 * States of the claim in flight: none -> asked (main) -> none (main: its answer came); or asked -> abandoned (thread: the main thread is
 * blocked, and what the claim brought is given back) -> none (main: it gives back whatever the answer brings).
 */
export const claiming = { none: 0, asked: 1, abandoned: 2 } as const

const headBytes = 32

export const newSharedMemory = (slots: number): SharedArrayBuffer => new SharedArrayBuffer(headBytes + slots * 8)

export function sharedSlots(memory: SharedArrayBuffer): SharedSlots {
  const slots = (memory.byteLength - headBytes) / 8
  return {
    beginningSince: new Float64Array(memory, 0, 1),
    claimingSince: new Float64Array(memory, 8, 1),
    turnedAt: new Float64Array(memory, 16, 1),
    claiming: new Int32Array(memory, 24, 1),
    states: new Int32Array(memory, headBytes, slots),
    turns: new Int32Array(memory, headBytes + slots * 4, slots),
  }
}

/** True when this call changed the state of the slot. */
export const changeSlot = (slots: SharedSlots, slot: number, from: number, to: number): boolean =>
  Atomics.compareExchange(slots.states, slot, from, to) === from
