import type { CapabilitySource } from './capabilities.ts'

/** The first message of a supervisor to its worker process. Never on a command line: it holds passwords. */
export interface WorkerOptions {
  readonly databaseUrl: string
  readonly stateDir: string
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly pollMs: number
  /** Attempts that wait, side by side. */
  readonly slots: number
  /** How many versions the process imports before another takes its place: imported code is never freed. */
  readonly maxVersions: number
  /** Between a task's signal and the end of its process. */
  readonly graceMs: number
  readonly capabilities: CapabilitySource | null
}

export type ToWorker = { readonly kind: 'start'; readonly options: WorkerOptions } | { readonly kind: 'drain' }

export type FromWorker =
  | { readonly kind: 'ready'; readonly worker: number }
  /** It cannot run anything, and ends. */
  | { readonly kind: 'unable'; readonly message: string }
