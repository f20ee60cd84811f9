import type { DefinitionError, PipelineSpec, TaskSpec } from '@sluice/author'
import type {
  Actor,
  ErrorRecord,
  Instant,
  Interval,
  Json,
  Receipt,
  RunClass,
  RunKey,
  SinkReceipt,
  SpentCredits,
  Writer,
} from '@sluice/core'
import type { By } from '@sluice/postgres'

/** `queued`: no task has been claimed yet. */
export type RunState = 'queued' | 'running' | 'success' | 'failed' | 'cancelled'

/**
 * - `waiting`: upstream tasks have not all ended;
 * - `queued`: may be claimed once `runAt` has come (a retry or a sensor between polls waits here too);
 * - `running`: claimed by a worker that holds a lease;
 * - `success | failed | skipped | upstream_failed | cancelled`: ended.
 */
export type TaskState = 'waiting' | 'queued' | 'running' | 'success' | 'failed' | 'skipped' | 'upstream_failed' | 'cancelled'

/** What may be asked of backups. */
export interface AskedBackup {
  /** `verify` reads one again. */
  readonly kind: 'run' | 'verify'
  /** Whose warehouse; the whole platform unless given. */
  readonly project?: string
  /** Of `verify`: which one; the newest unless given. */
  readonly backup?: string
  /** Of `run`: how many of the older ones stay (`7`), or for how long (`30d`); all unless given. */
  readonly keep?: string
}

/** A backup that somebody asked for, and what came of it. */
export interface BackupJob {
  readonly id: number
  readonly kind: AskedBackup['kind']
  readonly project: string | null
  readonly backup: string | null
  readonly keep: string | null
  /** The task that waits for it; null where a person asked. */
  readonly run: string | null
  readonly task: string | null
  readonly actor: Actor
  readonly askedAt: Instant
  readonly beganAt: Instant | null
  readonly endedAt: Instant | null
  readonly result: Json
  readonly error: ErrorRecord | null
}

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
  /** Who last paused it, let it go on or rewound it; null: nobody has. */
  readonly changedBy: Actor | null
}

export interface PipelineDetail extends PipelineSummary {
  readonly spec: PipelineSpec
}

export interface RunSummary {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly key: RunKey
  readonly trigger: RunClass
  readonly state: RunState
  readonly version: string
  readonly logicalTime: Instant
  readonly interval: Interval
  readonly params: Readonly<Record<string, Json>>
  /** Who made it. */
  readonly actor: Actor
  /** Who last cancelled it, cleared or marked a task of it or had it processed again; null: nobody has. */
  readonly changedBy: Actor | null
  readonly createdAt: Instant
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
  /** How many task runs are in each state. */
  readonly tasks: Readonly<Partial<Record<TaskState, number>>>
}

/**
 * - `running`: runs of it wait or are under way;
 * - `paused`: the same, and none of them begins;
 * - `success | failed | cancelled`: all have ended.
 */
export type BackfillState = 'running' | 'paused' | 'success' | 'failed' | 'cancelled'

export interface BackfillSummary {
  readonly id: number
  readonly project: string
  readonly pipeline: string
  readonly state: BackfillState
  readonly interval: Interval
  readonly reprocess: boolean
  /** Of its own runs, below what the pipeline gives to backfills; null where it has no limit of its own. */
  readonly maxActiveRuns: number | null
  /** Who asked for it. */
  readonly actor: Actor
  /** Who last paused, resumed or cancelled it; null: nobody has. */
  readonly changedBy: Actor | null
  readonly createdAt: Instant
  readonly endedAt: Instant | null
  /** How many of its runs are in each state. */
  readonly runs: Readonly<Partial<Record<RunState, number>>>
  /** Ids of the first of them, at most 20. */
  readonly failedRuns: readonly string[]
}

/** What keeps a task from running: the first of it, from the outside in. */
export type TaskWait =
  /** Its pipeline is paused. */
  | { readonly for: 'pipeline' }
  /** The backfill of its run is paused. */
  | { readonly for: 'backfill' }
  /** Its run waits for room among those of its pipeline (`maxActiveRuns`), of which so many are under way. */
  | { readonly for: 'room'; readonly active: number }
  /** Tasks above it have not ended. */
  | { readonly for: 'tasks' }
  /** A retry, a server's `Retry-After` or a sensor between two polls. */
  | { readonly for: 'time'; readonly until: Instant }
  /** All slots of its pool are taken. */
  | { readonly for: 'pool'; readonly pool: string; readonly slots: number; readonly running: number }
  /** Nothing but a worker that has room; so many processes are alive. */
  | { readonly for: 'worker'; readonly workers: number }

/** A counted limit on tasks that run at once, of one project. */
export interface PoolSummary {
  readonly project: string
  readonly name: string
  readonly slots: number
  readonly running: number
  /** Tasks that may run and wait for it, or for a worker. */
  readonly queued: number
}

export interface TaskRunSummary {
  readonly task: string
  /** Which task run of a mapped task; null of a task that has one. */
  readonly mapIndex: number | null
  readonly kind: TaskSpec['kind']
  readonly group: string | null
  readonly state: TaskState
  readonly attempt: number
  readonly generation: number
  readonly queuedAt: Instant | null
  /** Queued: not before. */
  readonly runAt: Instant | null
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
  readonly error: ErrorRecord | null
  readonly reason: string | null
  readonly output: Json | null
  readonly upstream: readonly string[]
  /** Null once it runs or has ended. */
  readonly waitsFor: TaskWait | null
}

export interface AttemptSummary {
  readonly mapIndex: number | null
  readonly attempt: number
  readonly worker: string
  readonly startedAt: Instant
  readonly endedAt: Instant | null
  readonly state: 'running' | 'success' | 'failed' | 'skipped' | 'rescheduled' | 'lost' | 'cancelled'
  readonly error: ErrorRecord | null
  /** Why it was skipped or cancelled. */
  readonly reason: string | null
  /** What its code logged, relative to the state directory. There is no file where it logged nothing. */
  readonly log: string
}

export interface RunDetail extends RunSummary {
  readonly taskRuns: readonly TaskRunSummary[]
  /** The cursor of the page after these; null after the last. */
  readonly nextTasks: string | null
}

/** Of the task runs of a run. A page also ends where what its tasks gave and failed with comes to some megabytes. */
export interface TaskPage {
  readonly limit: number
  readonly cursor?: string
}

/** A receipt as the ledger has it. */
export interface LedgerEntry extends Receipt, Writer {
  readonly id: string
  readonly recordedAt: Instant
}

/** A page of a list, newest first; `next` is the cursor of the page after it. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** What changed between two looks. A change may come twice; `change` with the id names it. */
export interface Changes {
  /** For the next look. */
  readonly cursor: string
  /** False when more changed than anybody watches: ask for the whole again. */
  readonly complete: boolean
  /** Also those of which a task run changed. */
  readonly runs: readonly { readonly run: RunSummary; readonly change: string }[]
  readonly tasks: readonly {
    readonly task: { readonly run: string } & Omit<TaskRunSummary, 'group' | 'upstream' | 'waitsFor'>
    readonly change: string
  }[]
}

export interface RunFilter {
  readonly project?: string
  /** Of these projects alone; comes before `project`. */
  readonly projects?: readonly string[]
  readonly pipeline?: string
  readonly state?: RunState
  readonly limit?: number
  readonly cursor?: string
}

export interface BackfillFilter {
  readonly project?: string
  /** Of these projects alone; comes before `project`. */
  readonly projects?: readonly string[]
  readonly pipeline?: string
  readonly limit?: number
  readonly cursor?: string
}

export interface LedgerFilter {
  readonly project?: string
  /** Of these projects alone; comes before `project`. */
  readonly projects?: readonly string[]
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
 * Everything that people and programs may ask of the engine. It works on the metadata database alone, without a running scheduler, and any
 * number of processes may use it at once. What changes something takes who asked for it; without, it is the owner.
 */
export interface Engine {
  pipelines(): Promise<readonly PipelineSummary[]>
  pipeline(ref: PipelineRef): Promise<PipelineDetail>
  definitionErrors(): Promise<readonly DefinitionError[]>
  /**
   * While a pipeline is paused no run of it begins, also none that was made by hand, and no task starts; tasks that run are left to end.
   */
  setPaused(ref: PipelineRef, paused: boolean, by?: By): Promise<PipelineSummary>
  /** Ticks after the instant are to be decided. Those that have a run get no second one. */
  rewind(ref: PipelineRef, to: Instant, by?: By): Promise<PipelineSummary>
  /**
   * Creates a manual run now; with `only`, of these tasks and those whose output they take: the others end as if they had succeeded, in
   * their order, and what they write is read as it stands. @throws `request.invalid` for a task that the pipeline does not have
   */
  trigger(
    ref: PipelineRef,
    options?: {
      readonly params?: Readonly<Record<string, Json>>
      readonly logicalTime?: Instant
      readonly only?: readonly string[]
    },
    by?: By,
  ): Promise<RunSummary>
  /**
   * Creates a run for each tick in the interval, with the key that the scheduler would give it. Ticks that have a run are left alone, or
   * with `reprocess` cleared, as `clear` does. All of it happens or nothing. The runs are one backfill, which waits behind what the
   * schedule and people made; `id` is null where there was nothing to do.
   * @throws `request.invalid` while a task of a run to be cleared is running
   */
  backfill(
    ref: PipelineRef,
    interval: Interval,
    options?: { readonly reprocess?: boolean; readonly dryRun?: boolean; readonly maxActiveRuns?: number },
    by?: By,
  ): Promise<{ readonly id: number | null; readonly created: readonly Instant[]; readonly existing: readonly Instant[] }>
  /** Newest first. */
  backfills(filter?: BackfillFilter): Promise<Page<BackfillSummary>>
  /** @throws `not_found` */
  backfillOf(id: number): Promise<BackfillSummary>
  /** While it is paused none of its runs begins; those under way go on. @throws `request.invalid` for one that has ended */
  pauseBackfill(id: number, paused: boolean, by?: By): Promise<BackfillSummary>
  /** Cancels all of its runs that have not ended. @throws `request.invalid` for one that has ended */
  cancelBackfill(id: number, by?: By): Promise<BackfillSummary>
  /** Asks for a backup, or for one to be read again; the server does it. */
  askBackup(asked: AskedBackup, by?: By): Promise<BackupJob>
  /** @throws `not_found` */
  backupJob(id: number): Promise<BackupJob>
  runs(filter?: RunFilter): Promise<Page<RunSummary>>
  /** With all of its task runs, or a page of them. */
  run(id: string, page?: TaskPage): Promise<RunDetail>
  /** Those of all projects, or of these. */
  pools(projects?: readonly string[]): Promise<readonly PoolSummary[]>
  /** Tells running tasks to stop; queued and waiting ones end as cancelled. @throws `request.invalid` for a run that has ended */
  cancel(runId: string, by?: By): Promise<RunSummary>
  /** What changed since a look, of all runs; null only begins. */
  changes(since: string | null): Promise<Changes>
  attempts(runId: string, task: string, mapIndex?: number): Promise<readonly AttemptSummary[]>
  /**
   * Raises the generation of the task, and of those below unless `only`, and queues them again. A run that has ended goes on with the
   * newest version of its pipeline, so that corrected code is what runs.
   * @throws `request.invalid` while one of them is running
   */
  clear(
    target: {
      readonly run: string
      readonly task: string
      readonly only?: boolean
      /** What the cleared tasks land is asked of its source again; what was landed before stays beside it, unread. */
      readonly refetch?: boolean
    },
    by?: By,
  ): Promise<{ readonly cleared: readonly string[] }>
  /** Sets how a task ended; tasks below that never ran because of it are decided again. @throws `request.invalid` while it is running */
  mark(
    target: { readonly run: string; readonly task: string; readonly state: 'success' | 'failed' | 'skipped' },
    by?: By,
  ): Promise<TaskRunSummary>
  ledger(filter?: LedgerFilter): Promise<Page<LedgerEntry>>
  /** The newest batch of each of these datasets (full ids) that has one: what a retention deleted, and writes that failed, are none. */
  newestBatches(datasets: readonly string[]): Promise<readonly LedgerEntry[]>
  /**
   * Adds receipts that the ledger, a projection of the sinks, does not have. `foreign`: receipts of runs that this database does not know.
   */
  recordReceipts(receipts: readonly SinkReceipt[]): Promise<{ readonly added: number; readonly foreign: number }>
  /** Lets the runs of a project, or of all projects, be copied to the warehouses again by the process that executes. Answers how many. */
  copyRunsAgain(project?: string): Promise<number>
  /** Credits of a project's receipts in [since, until), by pipeline and day (UTC). */
  credits(of: { readonly project: string; readonly since: Instant; readonly until: Instant }): Promise<readonly SpentCredits[]>
  /** Resolves when the run has ended. It is woken by NOTIFY, and polls. */
  waitForRun(runId: string, options?: { readonly signal?: AbortSignal; readonly onProgress?: (run: RunDetail) => void }): Promise<RunDetail>
  close(): Promise<void>
}
