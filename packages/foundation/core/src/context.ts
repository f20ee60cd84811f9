import type { RunKey } from './batch.ts'
import type { Connection } from './connection.ts'
import type { DatasetRef } from './dataset.ts'
import type { HttpClient } from './http.ts'
import type { Instant, Interval } from './instant.ts'
import type { Json } from './json.ts'
import type { Sql } from './sql.ts'

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

export interface TaskLake {
  /**
   * Lands answers as one bronze batch, put-if-absent: when this run's batch is already there, the source is not asked again.
   * @throws `lake.batch_empty` when there was no page.
   */
  land(dataset: `bronze.${string}`, pages: Pages, options?: { readonly write?: string }): Promise<DatasetRef<'lake'>>
  /** Rows of a small result. */
  query<Row extends Readonly<Record<string, Json>> = Readonly<Record<string, Json>>>(sql: Sql<'lake'>): Promise<readonly Row[]>
}

export interface TaskWarehouse {
  /** Rows of a small result, in a read-only transaction. Integers up to 2^53 are numbers, larger ones and decimals strings, timestamps epoch milliseconds. */
  query<Row extends object = Readonly<Record<string, Json>>>(sql: Sql<'warehouse'>): Promise<readonly Row[]>
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
  connection(name: string): Connection
  variable(name: string): string
  secret(name: string): string
}
