import type { LoadMode } from '@sluice/author'
import { type BatchWrite, bugErrors, type InputVersion, parseDatasetId, type SinkReceipt, writtenInterval } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import type { LoadOrder } from './order.ts'

/** How a batch came in: a load, a model that replaces its whole table or makes a view, or a retention. */
export type WriteMode = LoadMode | 'partition' | 'retain' | 'view'

/** A row of `sluice_loads`. */
export interface LoadReceipt extends SinkReceipt {
  readonly loadId: number
  readonly mode: WriteMode
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** By a retention; 0 for everything else. */
  readonly rowsDeleted: number
}

/** What a load found out. */
export interface LoadCounts {
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly brokenRules?: Readonly<Record<string, number>>
  readonly adjusted?: Readonly<Record<string, number>>
  readonly bytes: number
  readonly reason?: string
  /** Only of a retention, with the instant or day before which rows were deleted. */
  readonly rowsDeleted?: number
  readonly deletedBefore?: string
}

/** What is written of a load. */
export interface LoadEnd {
  readonly id: number
  readonly order: LoadOrder
  readonly mode: WriteMode
  readonly counts: LoadCounts
}

type LoadRow = Omit<LoadReceipt, 'version' | 'credits' | 'replayed' | 'brokenRules' | 'adjusted'> & {
  readonly brokenRules: Readonly<Record<string, number>> | null
  readonly adjusted: Readonly<Record<string, number>> | null
}

const fields = `id as "loadId", project, dataset, batch, generation, pipeline, run, task, attempt, mode, logical_time as "logicalTime", inputs,
  rows_in as "rowsIn", rows_written as "rowsWritten", rows_quarantined as "rowsQuarantined", broken_rules as "brokenRules", adjusted, rows_deleted as "rowsDeleted", bytes, status, reason,
  started_at as "startedAt", written_at as "writtenAt"`

const insertReceipt = `
insert into public.sluice_loads (id, project, dataset, batch, generation, pipeline, run, task, attempt, logical_time, mode, inputs,
  rows_in, rows_written, rows_quarantined, adjusted, broken_rules, bytes, rows_deleted, reason, deleted_before, interval_start, interval_end, as_of, turn, table_oid,
  table_file, receipts_oid, definition, status, started_at, written_at)
overriding system value
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::numeric / 1000), $11, $12::jsonb,
  $13, $14, $15, $25::jsonb, $26::jsonb, $16, $17, $18, $19, to_timestamp($20::numeric / 1000), to_timestamp($21::numeric / 1000), to_timestamp($22::numeric / 1000), $23,
  to_regclass($24)::oid, pg_relation_filenode(to_regclass($24)), 'public.sluice_loads'::regclass::oid, $27, 'written', transaction_timestamp(), clock_timestamp())
returning ${fields}`

const selectReceipt = `select ${fields} from public.sluice_loads where batch = $1 and generation = $2`

const selectReceipts = `
select ${fields} from public.sluice_loads
where ($1::text is null or dataset = $1) and ($2::text is null or batch = $2) and ($3::text is null or run = $3)
order by id`

/** Writes the receipt into the transaction of the rows. */
export async function writeReceipt(db: Queryable, write: BatchWrite, { id, order, mode, counts }: LoadEnd): Promise<LoadReceipt> {
  const { layer, name } = parseDatasetId(write.dataset)
  const { start, end } = writtenInterval(write)
  const [row] = await db.query<LoadRow>(insertReceipt, [
    id,
    write.project,
    write.dataset,
    write.batch,
    write.generation,
    write.pipeline,
    write.run,
    write.task,
    write.attempt,
    write.logicalTime,
    mode,
    JSON.stringify(write.inputs satisfies readonly InputVersion[]),
    counts.rowsIn,
    counts.rowsWritten,
    counts.rowsQuarantined,
    counts.bytes,
    counts.rowsDeleted ?? 0,
    counts.reason ?? null,
    counts.deletedBefore ?? null,
    start,
    end,
    order.asOf,
    order.turn,
    quoteTable(`${layer}.${name}`),
    jsonOrNull(counts.adjusted),
    jsonOrNull(counts.brokenRules),
    write.definition ?? null,
  ])
  if (row === undefined) throw bugErrors.unreachable('the receipt was not returned', { next: 'Nothing was written. Please report this.' })
  return receiptOf(row, false)
}

const selectDefinition = `select definition from public.sluice_loads where dataset = $1 and task = $2 and definition is not null order by id desc limit 1`

/** What the model of a task was when it wrote to the dataset last, in short. */
export async function lastDefinition(db: Queryable, dataset: string, task: string): Promise<string | undefined> {
  return (await db.query<{ definition: string }>(selectDefinition, [dataset, task]))[0]?.definition
}

const selectDeletedBefore = `select max(deleted_before) as before from public.sluice_loads where dataset = $1 and mode = 'retain'`

/** The instant or day before which a retention has deleted the rows of a dataset. */
export async function deletedBefore(db: Queryable, dataset: string): Promise<string | undefined> {
  const [row] = await db.query<{ before: string | null }>(selectDeletedBefore, [dataset])
  return row?.before ?? undefined
}

/** A full load, by its order and the data interval of its run. */
export interface FullLoad {
  readonly asOf: number
  readonly start: number
  readonly end: number
}

const selectNewestFull = `select as_of as "asOf", interval_start as start, interval_end as "end" from public.sluice_loads
where dataset = $1 and mode = 'full' and (table_oid = to_regclass($2)::oid or receipts_oid <> 'public.sluice_loads'::regclass::oid)
order by as_of desc, turn desc limit 1`

/** The newest one of the table that is there; what filled a table that was dropped does not count. */
export async function newestFull(db: Queryable, dataset: string): Promise<FullLoad | undefined> {
  const { layer, name } = parseDatasetId(dataset)
  return (await db.query<FullLoad>(selectNewestFull, [dataset, quoteTable(`${layer}.${name}`)]))[0]
}

/** The receipt of a batch and generation, as a later call is answered with it. */
export async function readReceipt(db: Queryable, batch: string, generation: number): Promise<LoadReceipt | undefined> {
  return (await db.query<LoadRow>(selectReceipt, [batch, generation])).map((row) => receiptOf(row, true))[0]
}

export interface ReceiptFilter {
  readonly dataset?: string
  readonly batch?: string
  readonly run?: string
}

/** Receipts in the order of their load ids, to rebuild the ledger from. All of them: a receipt takes some 500 bytes. */
export async function readReceipts(db: Queryable, filter: ReceiptFilter): Promise<LoadReceipt[]> {
  const params = [filter.dataset ?? null, filter.batch ?? null, filter.run ?? null]
  return (await db.query<LoadRow>(selectReceipts, params)).map((row) => receiptOf(row, true))
}

const jsonOrNull = (counts: Readonly<Record<string, number>> | undefined): string | null =>
  counts === undefined ? null : JSON.stringify(counts)

const receiptOf = ({ brokenRules, adjusted, ...row }: LoadRow, replayed: boolean): LoadReceipt => ({
  ...row,
  ...(brokenRules === null ? {} : { brokenRules }),
  ...(adjusted === null ? {} : { adjusted }),
  version: String(row.loadId),
  credits: 0,
  replayed,
})
