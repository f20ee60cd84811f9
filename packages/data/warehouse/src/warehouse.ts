import type { Columns, Reading, RowOf, Sql } from '@sluice/author'
import { type AnswerLimits, type Receipt, usualLimits } from '@sluice/core'
import { openPool, type Pool } from '@sluice/postgres'
import { inWarehouse } from './fault.ts'
import { livingReceipt } from './load/dead-receipt.ts'
import { loadBatch } from './load/load-batch.ts'
import { type QuarantinedRow, type QuarantineFilter, readQuarantine } from './load/quarantine.ts'
import { deletedBefore, type LoadReceipt, lastDefinition, type ReceiptFilter, readReceipts } from './load/receipts.ts'
import type { LoadRequest } from './load/request.ts'
import {
  answer,
  type QueryOptions,
  rows,
  type SqlFileOptions,
  type SqlResult,
  type SqlTextOptions,
  sqlFile,
  sqlJson,
  sqlText,
} from './query/read-only.ts'
import { type RetainRequest, retain } from './retain/retain.ts'
import { refreshView, type ViewRequest } from './view/refresh-view.ts'

export interface WarehouseOptions {
  /** The owner's URL, or a pool that the caller opened and will close. */
  readonly database: { readonly url: string } | { readonly pool: Pool }
  readonly project: string
  /** The project's time zone, in which a query typed by a person is read. Default UTC. */
  readonly timeZone?: string
  /** The reader's URL: queries then have its rights only. Default: as `database`. */
  readonly readerUrl?: string
  /** Most connections of each role. Default 5. */
  readonly maxConnections?: number
  /** Most connections of the reader. Default: as the other role. */
  readonly maxReaders?: number
  /** Of queries that people type. */
  readonly limits?: AnswerLimits
}

/** One project's warehouse. */
export interface Warehouse {
  readonly project: string
  readonly pool: Pool
  /** See `loadBatch`. */
  loadBatch(request: LoadRequest): Promise<Receipt>
  /** See `refreshView`. */
  refreshView(request: ViewRequest): Promise<Receipt>
  /** See `retain`. */
  retain(request: RetainRequest): Promise<LoadReceipt>
  /**
   * Rows of a small result: timestamps are epoch milliseconds, decimals strings. Read only. @throws `definition.invalid` for other columns
   */
  rows<C extends Columns>(columns: C, sql: Sql, reading: Reading, options?: QueryOptions): Promise<readonly RowOf<C>[]>
  /** The first rows of a statement, whatever its columns. Read only. */
  answer(sql: Sql, reading: Reading, options?: SqlTextOptions): Promise<SqlResult>
  /** One query as text, see `sqlText`. */
  sqlText(text: string, options?: SqlTextOptions): Promise<SqlResult>
  /** The same as pieces of JSON, see `sqlJson`. */
  sqlJson(text: string, options?: SqlTextOptions): Promise<readonly string[]>
  /** All rows of one query as a file. */
  sqlFile(text: string, options: SqlFileOptions): Promise<AsyncIterable<Uint8Array>>
  /** Undefined also where the rows went with their table. */
  receipt(batch: string, generation: number): Promise<LoadReceipt | undefined>
  receipts(filter?: ReceiptFilter): Promise<readonly LoadReceipt[]>
  /** What the model of a task was when it wrote to the dataset last, in short. */
  definition(dataset: string, task: string): Promise<string | undefined>
  /** The instant or day before which a retention has deleted the rows of a dataset, by its full id. */
  deletedBefore(dataset: string): Promise<string | undefined>
  /** Rows that loads refused, in the order of their ids. */
  quarantine(filter?: QuarantineFilter): Promise<readonly QuarantinedRow[]>
  /** @throws `warehouse.unavailable` */
  ping(): Promise<void>
  close(): Promise<void>
}

export function openWarehouse({
  database,
  project,
  readerUrl,
  timeZone = 'UTC',
  maxConnections = 5,
  maxReaders = maxConnections,
  limits: { timeoutMs, budget, file } = usualLimits,
}: WarehouseOptions): Warehouse {
  const settings = { max: maxConnections, applicationName: `sluice ${project}`, allowExitOnIdle: true }
  const pool = 'pool' in database ? database.pool : openPool(database.url, settings)
  const reader = readerUrl === undefined ? pool : openPool(readerUrl, { ...settings, max: maxReaders })
  return {
    project,
    pool,
    loadBatch: (request) => loadBatch(pool, request),
    refreshView: (request) => refreshView(pool, request),
    retain: (request) => retain(pool, request),
    rows: (columns, sql, reading, options) => rows(reader, columns, { sql, reading }, options),
    answer: (sql, reading, options) => answer(reader, { sql, reading }, options),
    sqlText: (text, options) => sqlText(reader, text, { timeoutMs, budget, ...options, timeZone }),
    sqlJson: (text, options) => sqlJson(reader, text, { timeoutMs, budget, ...options, timeZone }),
    sqlFile: (text, options) => sqlFile(reader, text, { timeoutMs: file.timeoutMs, mostBytes: file.bytes, ...options, timeZone }),
    receipt: (batch, generation) => inWarehouse(() => livingReceipt(pool, batch, generation)),
    receipts: (filter = {}) => inWarehouse(() => readReceipts(pool, filter)),
    definition: (dataset, task) => inWarehouse(() => lastDefinition(pool, dataset, task)),
    deletedBefore: (dataset) => inWarehouse(() => deletedBefore(pool, dataset)),
    quarantine: (filter = {}) => inWarehouse(() => readQuarantine(pool, filter)),
    ping: () =>
      inWarehouse(async () => {
        await pool.query('select 1')
      }),
    close: async () => {
      if (reader !== pool) await reader.end()
      if (!('pool' in database)) await pool.end()
    },
  }
}
