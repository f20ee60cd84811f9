import type { AttemptFacts } from '../plan/after-attempt.ts'

export interface HeartbeatOptions {
  readonly databaseUrl: string
  readonly worker: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly graceMs: number
  readonly memory: SharedArrayBuffer
  /** Process id of the supervisor; when it is no longer the parent, the worker ends. */
  readonly parent: number
}

export interface Held {
  readonly slot: number
  readonly id: number
  /** Of the claim. */
  readonly token: number
  /** Absolute. */
  readonly logFile: string
}

/** From the main thread. `batch` comes before its slots are claimed; `deadline` before the code is called. */
export type ToHeartbeat =
  | { readonly kind: 'batch'; readonly held: readonly Held[] }
  | { readonly kind: 'deadline'; readonly slot: number; readonly at: number; readonly timeoutMs: number; readonly facts: AttemptFacts }

/** From the heartbeat thread. */
export type FromHeartbeat = { readonly kind: 'ready' } | { readonly kind: 'cancel'; readonly id: number } | { readonly kind: 'orphaned' }
