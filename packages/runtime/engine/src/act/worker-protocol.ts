import type { ChildOutput } from './attempt-children.ts'
import type { SentSource } from './capabilities.ts'

/** The first message of a supervisor to its worker process. Never on a command line: it holds passwords. */
export interface WorkerOptions {
  readonly databaseUrl: string
  readonly stateDir: string
  /** Names the process and, with more behind it, what its attempts start. */
  readonly mark: string
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly pollMs: number
  /** Attempts that wait, side by side. */
  readonly slots: number
  /** How many versions the process imports before another takes its place: imported code is never freed. */
  readonly maxVersions: number
  /** Between a task's signal and the end of its process. */
  readonly graceMs: number
  /** Where debuggers of this machine reach the process; null is nowhere. */
  readonly debuggerPort: number | null
  readonly capabilities: SentSource | null
}

export type ToWorker =
  | { readonly kind: 'start'; readonly options: WorkerOptions }
  | { readonly kind: 'drain' }
  /** What tasks of a project need, since the process has claimed one. */
  | { readonly kind: 'project'; readonly project: string; readonly options: unknown }
  /** It has claimed none. */
  | { readonly kind: 'refused'; readonly project: string }

export type FromWorker =
  /** Debuggers reach it, as it was asked to. */
  | { readonly kind: 'debuggable'; readonly url: string }
  /** Its lease has begun, the first or another one. The secrets are those that are masked in what it prints. */
  | { readonly kind: 'ready'; readonly worker: number; readonly secrets: readonly string[] }
  /** It knows of more that is to be masked in what it prints: all of it. */
  | { readonly kind: 'secrets'; readonly secrets: readonly string[] }
  /** It has claimed its first task of the project. */
  | { readonly kind: 'project'; readonly project: string }
  /** It cannot run anything, and ends. */
  | { readonly kind: 'unable'; readonly message: string }
  /** Tasks wait that it may not import the code of: it goes on until it is told to drain. */
  | { readonly kind: 'full' }
  /** It is about to start a child, the first one. */
  | { readonly kind: 'children' }
  /** Its code failed where nobody awaited it, and it ends. What is told belongs to no attempt at hand. `ran`: any task, before. */
  | { readonly kind: 'stray'; readonly told: string | null; readonly ran: boolean }
  /** A file that was imported has failed where nobody awaited it, and none of its tasks is at hand: the process goes on. */
  | { readonly kind: 'fault'; readonly message: string }
  /** Lines that the process printed itself outside of logs, masked, with the attempts at hand. `at`: its output is told up to there. */
  | { readonly kind: 'printed'; readonly lines: readonly string[]; readonly attempts: readonly string[]; readonly at: number }
  /** How far a log has what the children of its attempt have printed. */
  | { readonly kind: 'output'; readonly log: string; readonly output: ChildOutput }
