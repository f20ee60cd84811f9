import type { Budget, Connection, HttpClient, LakeExport, Load, Logger, Message, Model, Pages, Sql, Table } from '@sluice/author'
import type { BatchWrite, DatasetRef, Instant, Interval, Json, Receipt } from '@sluice/core'

/** Comes with each use: the attempt's log and the signal on which to stop. */
export interface Use {
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Datasets of the steps directly above, by step name. */
export type Refs = Readonly<Record<string, DatasetRef>>
export type Rows = readonly Readonly<Record<string, Json>>[]

/** Rows of a table that are too old: their column lies before the instant, or, of a date, before its day in the zone. */
export interface Retention {
  readonly table: Table
  readonly column: string
  readonly before: Instant
  readonly timeZone: string
}

/** A message under the key that is its own for ever: whatever comes under it again is the same message. */
export interface KeyedMessage extends Pick<Message, 'to' | 'subject' | 'text' | 'html'> {
  readonly key: string
  /** What a program may want to know later. */
  readonly facts: Readonly<Record<string, Json>>
}

/** A budget of the project and where it stands. */
export interface BudgetAccount {
  readonly budget: Budget
  /** Credits of the month of `now` by its receipts, and what the runs of its pipelines still to come in it need at least. */
  stand(): Promise<{ readonly now: Instant; readonly spent: number; readonly needed: number }>
}

/**
 * What tasks of one project do outside the engine. Opened by a worker process when a task first uses it, and kept; opening must be cheap and
 * load no DuckDB: each service opens its engine at its first use.
 *
 * Sinks answer a repeated write (same batch, same generation) with the first receipt, `replayed` true.
 */
export interface ProjectServices {
  /** Values that are masked in logs and errors. */
  readonly secrets: readonly string[]
  land(write: BatchWrite, pages: Pages, use: Use): Promise<Receipt>
  exportGold(write: BatchWrite, request: LakeExport, use: Use): Promise<Receipt>
  lakeQuery(sql: Sql, refs: Refs, use: Use): Promise<Rows>
  warehouseQuery(sql: Sql, refs: Refs, use: Use): Promise<Rows>
  runModel(model: Model, write: BatchWrite, refs: Refs, interval: Interval, use: Use): Promise<Receipt>
  runLoad(load: Load, write: BatchWrite, ref: DatasetRef, use: Use): Promise<Receipt>
  retain(retention: Retention, write: BatchWrite, use: Use): Promise<{ readonly receipt: Receipt; readonly deleted: number }>
  /** Puts a message into the outbox, a row a channel, all or none: how many were new, and how many there already. */
  notify(message: KeyedMessage, use: Use): Promise<{ readonly queued: number; readonly already: number }>
  http(use: Use): HttpClient
  connection(name: string): Connection
  variable(name: string): string
  secret(name: string): string
  budget(name: string): BudgetAccount
  close(): Promise<void>
}

export interface ServicesOptions {
  readonly project: string
  /** IANA zone of the project. */
  readonly timeZone: string
  readonly stateDir: string
  /** Of the metadata database; empty where there is none. */
  readonly databaseUrl: string
  /** Absolute path of the pipeline's module in its version. */
  readonly file: string
  /** As given to `startWorkers`; JSON. */
  readonly options: Json
}

/** Names the module a worker imports for its services. */
export interface ServicesSource {
  /** Specifier or file URL of a module that exports `openServices`. */
  readonly module: string
  readonly options?: Json
}

export interface ServicesModule {
  openServices(options: ServicesOptions): Promise<ProjectServices>
}
