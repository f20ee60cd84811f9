import type { DatasetRef, InputVersion, Json, Receipt } from '@sluice/core'
import type { RunContext } from '../run/context.ts'
import type { Step } from '../steps/step.ts'

/** What is known of the batches of datasets, by full id. Deletions are not batches. */
export interface Batches {
  /** Those that other steps of this run wrote, in the newest generation of each. */
  written(datasets: readonly string[]): Promise<readonly DatasetRef[]>
  /**
   * Those, whoever wrote them, that this step has not taken in another run. A step that is run again for its own run (a retry, a cleared
   * task) is given what it took then.
   */
  waiting(datasets: readonly string[]): Promise<readonly DatasetRef[]>
}

/** One attempt of a step as the capabilities see it: what the step itself is told, and what a sink has to know. */
export interface Attempt extends RunContext {
  readonly step: Step
  /** Outputs of the steps that it needs, by the name that it gives them. */
  readonly inputs: Readonly<Record<string, Json | undefined>>
  /** Raised when a task is cleared. */
  readonly generation: number
  /** A landing of this generation asks its source again, although an earlier one has landed the batch. */
  readonly refetch: boolean
  /** Short ids of datasets that no step of the pipeline writes rows of. */
  readonly external: readonly string[]
  /** Runs of the pipeline may overlap. */
  readonly overlaps: boolean
  readonly batches: Batches
  /** What this attempt has written so far, replays included. */
  readonly receipts: readonly Receipt[]
  /** Keeps a receipt at once, so that no failure after it loses it. */
  keep(receipt: Receipt): void
  /** Batches of external datasets that the step has used: when it ends well, they wait for it no more. */
  take(inputs: readonly InputVersion[]): void
}
