import type { DatasetRef, Receipt } from '@sluice/core'
import type { RunContext } from '../context.ts'
import type { Step } from '../step.ts'

/** One attempt of a step as the capabilities see it: what the step itself is told, and what a sink has to know. */
export interface Attempt extends RunContext {
  readonly step: Step
  /** Raised when a task is cleared. */
  readonly generation: number
  /** What the steps directly above wrote in this run, by the step's name. */
  readonly refs: Readonly<Record<string, DatasetRef>>
  /** What this attempt has written so far, replays included. */
  readonly receipts: readonly Receipt[]
  /** Keeps a receipt at once, so that no failure after it loses it. */
  keep(receipt: Receipt): void
}
