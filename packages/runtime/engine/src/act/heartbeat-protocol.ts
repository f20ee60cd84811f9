import type { AttemptFacts } from '../plan/after-attempt.ts'

export interface HeartbeatOptions {
  readonly databaseUrl: string
  readonly host: string
  /** Of the process: with it die the children of its attempts. */
  readonly mark: string
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly graceMs: number
  readonly memory: SharedArrayBuffer
  /** Process id of the supervisor; when it is no longer the parent, the worker ends. */
  readonly parent: number
}

export interface Held {
  /** Whose claim it is: a lease that was lost since is not that of the process any more. */
  readonly worker: number
  readonly slot: number
  /** Of the slot: what is known of a claim holds while the slot is at its turn. */
  readonly turn: number
  readonly id: number
  /** Of the claim. */
  readonly token: number
  /** Absolute. */
  readonly logFile: string
}

/**
 * From the main thread. `held` tells new claims before their slots are claimed; `deadline` comes before the code is called; `heard` answers
 * `runnable`.
 */
export type ToHeartbeat =
  | { readonly kind: 'held'; readonly held: readonly Held[] }
  | { readonly kind: 'deadline'; readonly slot: number; readonly at: number; readonly timeoutMs: number; readonly facts: AttemptFacts }
  | { readonly kind: 'heard' }

/** From the heartbeat thread. `registered` is the first lease of the process, or another one after it lost one while it held nothing. */
export type FromHeartbeat =
  | { readonly kind: 'registered'; readonly worker: number }
  | { readonly kind: 'cancel'; readonly id: number }
  /** Tasks became runnable. It is told again once it was heard. */
  | { readonly kind: 'runnable' }
  /** To be answered with the time of it, in shared memory (shared-slots.ts). */
  | { readonly kind: 'turn' }
  | { readonly kind: 'orphaned' }
