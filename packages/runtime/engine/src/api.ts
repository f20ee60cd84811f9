import type { DefinitionError, PipelineSpec, TaskSpec } from '@sluice/author'
import type { ErrorRecord, Instant, Interval, Json, Receipt, RunKey, SpentCredits } from '@sluice/core'

/** `queued`: has runnable or waiting tasks; the others are its progress and its ends. */
export type RunState = 'queued' | 'running' | 'success' | 'failed' | 'cancelled'

/**
 * - `waiting`: upstream tasks have not all ended;
 * - `queued`: may be claimed once `runAt` has come (a retry or a sensor between polls waits here too);
 * - `running`: claimed by a worker that holds a lease;
 * - `success | failed | skipped | upstream_failed | cancelled`: ended.
 */
export type TaskState = 'waiting' | 'queued' | 'running' | 'success' | 'failed' | 'skipped' | 'upstream_failed' | 'cancelled'

export interface PipelineSummary {
  readonly project: string
  readonly name: string
  readonly description: string | null
  readonly paused: boolean
  readonly schedule: string | null
  readonly timeZone: string
  readonly tags: readonly string[]
  readonly version: string
  readonly nextTick: Instant | null
  readonly lastRun: RunSummary | null
}

export interface PipelineDetail extends PipelineSummary {
  readonly spec: PipelineSpec
}

export interface RunSummary {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly key: RunKey
  readonly trigger: 'scheduled' | 'manual' | 'backfill'
  readonly state: RunState
  readonly version: string
  readonly logicalTime: Instant
  readonly interval: Interval
  readonly params: Readonly<Record<string, Json>>
  readonly createdAt: Instant
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
  /** How many task runs are in each state. */
  readonly tasks: Readonly<Partial<Record<TaskState, number>>>
}

export interface TaskRunSummary {
  readonly task: string
  readonly kind: TaskSpec['kind']
  readonly group: string | null
  readonly state: TaskState
  readonly attempt: number
  readonly generation: number
  readonly queuedAt: Instant | null
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
  readonly error: ErrorRecord | null
  readonly reason: string | null
  readonly output: Json | null
  readonly upstream: readonly string[]
}

export interface AttemptSummary {
  readonly attempt: number
  readonly worker: string
  readonly startedAt: Instant
  readonly endedAt: Instant | null
  readonly state: 'running' | 'success' | 'failed' | 'skipped' | 'rescheduled' | 'lost' | 'cancelled'
  readonly error: ErrorRecord | null
  /** Relative to the state directory. */
  readonly log: string
}

export interface RunDetail extends RunSummary {
  readonly taskRuns: readonly TaskRunSummary[]
}

export interface LedgerEntry extends Receipt {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly task: string
  readonly attempt: number
  readonly recordedAt: Instant
}

/** A receipt as a sink kept it, with where it came from. */
export interface SinkReceipt extends Receipt {
  readonly run: string
  readonly task: string
  readonly attempt: number
}

/** A page of a list, newest first; `next` is the cursor of the page after it. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

export interface RunFilter {
  readonly project?: string
  readonly pipeline?: string
  readonly state?: RunState
  readonly limit?: number
  readonly cursor?: string
}

export interface LedgerFilter {
  readonly project?: string
  readonly dataset?: string
  readonly run?: string
  readonly limit?: number
  readonly cursor?: string
}

/** Names a pipeline; `project` may be left out where the name is unambiguous. */
export interface PipelineRef {
  readonly project?: string
  readonly pipeline: string
}

/**
 * All that people and programs may ask of the engine and tell it. Over the metadata database alone: it needs no running
 * scheduler, and any number of processes may use it at once.
 */
export interface Engine {
  pipelines(): Promise<readonly PipelineSummary[]>
  pipeline(ref: PipelineRef): Promise<PipelineDetail>
  definitionErrors(): Promise<readonly DefinitionError[]>
  setPaused(ref: PipelineRef, paused: boolean): Promise<PipelineSummary>
  /** Creates a manual run now. */
  trigger(
    ref: PipelineRef,
    options?: { readonly params?: Readonly<Record<string, Json>>; readonly logicalTime?: Instant },
  ): Promise<RunSummary>
  /** One run a tick in the interval, same keys as the scheduler would have given; ticks that have a run are left alone unless `reprocess`. */
  backfill(
    ref: PipelineRef,
    interval: Interval,
    options?: { readonly reprocess?: boolean; readonly dryRun?: boolean },
  ): Promise<{ readonly created: readonly Instant[]; readonly existing: readonly Instant[] }>
  runs(filter?: RunFilter): Promise<Page<RunSummary>>
  run(id: string): Promise<RunDetail>
  /** Running tasks are told to stop; queued and waiting ones end as cancelled. @throws `request.invalid` for a run that has ended */
  cancel(runId: string): Promise<RunSummary>
  attempts(runId: string, task: string): Promise<readonly AttemptSummary[]>
  /** Raises the generation of the tasks (and of those below unless `only`) and queues them again. Refused (`request.invalid`) while one of them runs. */
  clear(target: { readonly run: string; readonly task: string; readonly only?: boolean }): Promise<{ readonly cleared: readonly string[] }>
  /** Says how a task ended; those below that never ran because of it are decided anew. Refused (`request.invalid`) while it runs. */
  mark(target: { readonly run: string; readonly task: string; readonly state: 'success' | 'failed' | 'skipped' }): Promise<TaskRunSummary>
  ledger(filter?: LedgerFilter): Promise<Page<LedgerEntry>>
  /** The ledger is a projection of the sinks: adds what is missing. `foreign`: receipts of runs that this database does not know. */
  recordReceipts(receipts: readonly SinkReceipt[]): Promise<{ readonly added: number; readonly foreign: number }>
  /** The runs in the warehouses are a copy, too: all of a project's, or of every project, are copied again by whoever executes. Answers how many. */
  copyRunsAgain(project?: string): Promise<number>
  /** Credits of a project's receipts in [since, until), by pipeline and day (UTC). */
  credits(of: { readonly project: string; readonly since: Instant; readonly until: Instant }): Promise<readonly SpentCredits[]>
  /** Resolves when the run has ended. Wakes by NOTIFY with polling as the truth. */
  waitForRun(runId: string, options?: { readonly signal?: AbortSignal; readonly onProgress?: (run: RunDetail) => void }): Promise<RunDetail>
  close(): Promise<void>
}
