import type { Instant, Interval, Json, RunClass, RunKey } from '@sluice/core'

export interface RunInfo {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly key: RunKey
  /** Names files and partitions; "today" means the day of this instant. */
  readonly logicalTime: Instant
  /** The class of the run. */
  readonly trigger: RunClass
}

/** Structured log of the attempt; each line is durable before the attempt ends. Secrets are masked. */
export interface Logger {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

/** What every step is given, whatever capabilities there are. */
export interface RunContext {
  readonly run: RunInfo
  /** The task at hand; `attempt` counts from 1. */
  readonly task: { readonly name: string; readonly attempt: number }
  readonly interval: Interval
  readonly timeZone: string
  readonly params: Readonly<Record<string, Json>>
  /** Aborts on timeout and cancellation; a task that does not end soon after is killed with its process. */
  readonly signal: AbortSignal
  readonly log: Logger
}
