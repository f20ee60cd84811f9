import type { DatasetRef, Duration, Instant, Interval, Json, RunKey } from '@sluice/core'
import type { Admission, Calls, CreditTariff, PlannedCalls } from './budget.ts'
import type { Columns } from './columns.ts'
import type { Connection } from './connection.ts'
import type { HttpClient } from './http.ts'
import type { Channel } from './notification.ts'
import type { Sql } from './sql.ts'
import type { Table } from './table.ts'

export interface RunInfo {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly key: RunKey
  /** Names files and partitions; "today" means the day of this instant. */
  readonly logicalTime: Instant
  readonly trigger: 'scheduled' | 'manual' | 'backfill'
}

/** Structured log of the attempt; each line is durable before the attempt ends. Secrets are masked. */
export interface Logger {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

/** One answer of an outside service on its way to bronze. */
export interface LandedPage {
  /** e.g. `coincap:v3/assets`. */
  readonly source: string
  /** Method and URL without secrets. */
  readonly request: string
  readonly receivedAt: Instant
  readonly body: string | AsyncIterable<Uint8Array>
  /** Credits the answer cost, by the source's own tariff; 0 when it has none. Asked after the body was read. */
  readonly credits?: number | ((bytes: number) => number)
}

/**
 * Pages in the order they are asked for. The lake writes a page to its spool before it asks for the next one, so a generator may
 * check a body after yielding it: when it throws, the spooled bodies are kept as rejected and nothing enters the dataset.
 */
export type Pages = AsyncIterable<LandedPage>

export const goldFormats = ['parquet', 'csv', 'ndjson'] as const

/**
 * What an export to gold is made of: what a step wrote, pinned to its version, or a dataset as it is; a query of the lake, which names datasets itself;
 * or rows of the warehouse by name and type, instants as epoch milliseconds or ISO-8601, decimals as text.
 */
export type ExportSource =
  | DatasetRef<'lake'>
  | { readonly dataset: string }
  | { readonly sql: string }
  | { readonly columns: Columns; readonly rows: ExportRows | AsyncIterable<ExportRows> }
export type ExportRows = readonly Readonly<Record<string, unknown>>[]

export interface LakeExport {
  readonly from: ExportSource
  /** Parquet unless given. */
  readonly format?: (typeof goldFormats)[number]
}

export interface TaskLake {
  /**
   * Lands answers as one bronze batch, put-if-absent: when this run's batch is already there, the source is not asked again.
   * @throws `lake.batch_empty` when there was no page.
   */
  land(dataset: `bronze.${string}`, pages: Pages, options?: { readonly write?: string }): Promise<DatasetRef<'lake'>>
  /**
   * Exports to gold as one batch: a file and its manifest (rows, schema, source versions, checksum), which is written last and never over another. A
   * retry or replay is answered by the first; a cleared task (a raised generation) exports anew beside it.
   */
  export(dataset: `gold.${string}`, options: LakeExport & { readonly write?: string }): Promise<DatasetRef<'lake'>>
  /** Rows of a small result. */
  query<Row extends Readonly<Record<string, Json>> = Readonly<Record<string, Json>>>(sql: Sql<'lake'>): Promise<readonly Row[]>
}

export interface RetainOptions<Name extends string = string> {
  /** A timestamp or date of the table. A row without one stays. */
  readonly column: Name
  /** Rows whose column lies before the run's logical time minus this go. A date lies before it when its whole day does, in the project's zone. */
  readonly olderThan: Duration
}

export interface TaskWarehouse {
  /** Rows of a small result, in a read-only transaction. Integers up to 2^53 are numbers, larger ones and decimals strings, timestamps epoch milliseconds. */
  query<Row extends object = Readonly<Record<string, Json>>>(sql: Sql<'warehouse'>): Promise<readonly Row[]>
  /**
   * Deletes the rows that are too old, in one transaction with a receipt. Called again by a retry or a replay it deletes nothing more and answers as
   * the first time; a cleared task (a raised generation) looks again. One retention a table and column in a task.
   * @throws `definition.invalid` for a column that is no timestamp or date.
   */
  retain<C extends Columns>(table: Table<C>, options: RetainOptions<keyof C & string>): Promise<{ readonly deleted: number }>
}

/** One message to people, written by a task. */
export interface Message {
  /** Names the message in its task and run: the same key is the same message, whatever its text. */
  readonly key: string
  readonly to: readonly Channel[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** A cleared task (a raised generation) sends again. Without it, a run sends a message once, however often it is cleared. */
  readonly resend?: boolean
}

export interface TaskNotify {
  /**
   * Puts the message into the outbox of the project's warehouse, a row a channel; the relay sends it from there, at least once. Resolves when the
   * rows are committed: `queued` are new, `already` were put there by an earlier attempt or replay of the same run.
   */
  send(message: Message): Promise<{ readonly queued: number; readonly already: number }>
}

export interface TaskBudget {
  /** For the client that counts the credits of what it lands. */
  readonly tariff: CreditTariff
  /**
   * Asks before calls are made: those given, or what the budget says of a run of this pipeline. Looks at the receipts of the month and at what this
   * attempt has landed. Asked inside the pages of a landing, a replay, which calls nobody, is never refused.
   * @throws `source.budget` when the budget refuses.
   */
  admit(planned?: Calls | readonly PlannedCalls[]): Promise<Admission>
}

/** What `run` is given besides its inputs. */
export interface TaskContext {
  readonly run: RunInfo
  /** The task at hand; `attempt` counts from 1. */
  readonly task: { readonly name: string; readonly attempt: number }
  readonly interval: Interval
  readonly timeZone: string
  readonly params: Readonly<Record<string, Json>>
  /** Aborts on timeout and cancellation; a task that does not end soon after is killed with its process. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly lake: TaskLake
  readonly warehouse: TaskWarehouse
  readonly http: HttpClient
  readonly notify: TaskNotify
  connection(name: string): Connection
  /** @throws `not_found` when the project declares no such budget. */
  budget(name: string): TaskBudget
  variable(name: string): string
  secret(name: string): string
}
