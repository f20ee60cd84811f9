import { observedOf } from '@sluice/author'
import { formatInstant, given, type Instant, type Interval, type Receipt, writtenInterval } from '@sluice/core'
import type { Connection, Pool, Queryable } from '@sluice/postgres'
import { foreignKeysOf } from '../drift/describe.ts'
import { warehouseErrors } from '../errors.ts'
import { toWarehouseFault } from '../fault.ts'
import { BatchLoad, type Replaced } from './batch-load.ts'
import { cancelledBy } from './cancel.ts'
import { runHooks } from './hooks.ts'
import { liveTable } from './live-table.ts'
import { refuseNarrowerColumns } from './narrower-columns.ts'
import { openBatch } from './open-batch.ts'
import { type GivenTypes, planLoad } from './plan.ts'
import { columnsOf, columnsToFill, givenTypes, isQuery, type LoadSource, queryAt } from './query-source.ts'
import { type LoadReceipt, newestFull } from './receipts.ts'
import { type ReplayOptions, replayOrphans } from './replay-orphans.ts'
import type { LoadRequest, LoadTuning, PartitionQuery } from './request.ts'
import { stageCsv, stageFile, stageQuery } from './staging.ts'
import { beginLoad, lockTable } from './statements.ts'
import { consumerOf, takeTouched } from './touched.ts'
import { refuseVolatile } from './volatile.ts'
import { bringBack, type CameBack, noteWaiting } from './waiting.ts'

/**
 * Loads one batch in one transaction with its receipt. A second call for the same batch and generation is answered with the first receipt
 * and leaves the source alone; a raised generation replaces exactly the batch's rows. Rows that do not fit go to `sluice_quarantine`: rows
 * in = written + quarantined. Errors: `definition.invalid`, `input.invalid` (no CSV of these columns; facts: `line`),
 * `warehouse.unavailable` (retryable, nothing written), `warehouse.failed`, `migration.drift` (a column of the table would round or cut),
 * the source's own error; on abort the signal's reason. From a query also: `definition.invalid` (SQL that does not run or gives other
 * columns), `quality.failed` when every row broke a rule: nothing is written, what the table held stays.
 */
export async function loadBatch(pool: Pool, request: LoadRequest, tuning: LoadTuning = {}): Promise<Receipt> {
  const { signal } = request
  const largeFrom = tuning.largeFrom ?? 10_000
  try {
    const receipt = await pool.transaction(
      async (tx) => {
        await using session = cancelledBy(signal, tx)
        return await withHooks(session.connection, request, largeFrom)
      },
      // What others do to the table by hand may end in a deadlock. A stream is gone by then; a file and a query are read once more.
      { retry: isStream(request.source) ? { attempts: 1 } : given({ attempts: 5, signal }) },
    )
    return await withChildren(pool, receipt, await bringBack(pool, request.table.name, largeFrom))
  } catch (error) {
    signal?.throwIfAborted()
    throw toWarehouseFault(error)
  }
}

const isStream = (source: LoadRequest['source']): boolean => typeof source === 'object' && Symbol.asyncIterator in source

async function withHooks(tx: Connection, request: LoadRequest, largeFrom: number): Promise<LoadReceipt> {
  const receipt = await inTransaction(tx, request, largeFrom)
  if (!receipt.replayed) await runHooks(tx, request.hooks?.after ?? [], 'after')
  return receipt
}

async function inTransaction(tx: Connection, asked: LoadRequest, largeFrom: number): Promise<LoadReceipt> {
  const { write, mode } = asked
  // What bounds versions is filled here.
  const table = mode === 'scd2' ? observedOf(asked.table) : asked.table
  const opened = await openBatch(tx, write, asked, beginLoad)
  if (opened.receipt !== undefined) return opened.receipt
  await runHooks(tx, asked.hooks?.before ?? [], 'before')
  // A query sees what is there once it has its turn: of two runs the one that writes last has also looked last.
  if (isQuery(asked.source) || isByPartition(asked.source)) await tx.query(lockTable(table.name))
  const { touched, request } = await partitionsOf(tx, asked)
  const { source } = request
  const { asOf, interval } =
    mode === 'full' ? await newestOrder(tx, request, opened.asOf) : { asOf: opened.asOf, interval: writtenInterval(write) }
  const query = isQuery(source) ? queryAt(source, interval) : undefined
  const given = query === undefined ? undefined : await columnsOf(tx, table, query)
  const columns = given === undefined ? (request.columns ?? []) : columnsToFill(table, given)
  if (query !== undefined) await refuseVolatile(tx, table, query, columns)
  const live = await liveTable(tx, table, columns)
  refuseNarrowerColumns(live.types, table)
  const references = live.hasForeignKeys ? await foreignKeysOf(tx, table.name) : []
  const planned = (types: GivenTypes) =>
    planLoad(table, mode === 'full' || mode === 'partition' ? 'append' : mode, columns, references, types)
  const known = given === undefined ? request.given : givenTypes(given)
  // What a file holds can be staged once more, as text, where it is not what it was said to be.
  const plan = planned(query !== undefined || typeof source === 'string' ? (known ?? {}) : {})
  const replayed = { table, dataset: write.dataset, references, largeFrom }
  const load = new BatchLoad(tx, plan, { write: { ...write, interval }, id: opened.id, asOf, turn: opened.turn, largeFrom })
  const replaced = touched === undefined ? (mode === 'full' ? 'all' : opened.earlier) : touched
  const straight = await load.tryStraight(request, replaced)
  if (straight !== undefined) return await withOrphans(tx, await load.finish(request, straight), replayed)
  // One that reads its own table sees it as the first generation did. A full one reads what it is about to replace.
  if (query !== undefined && touched === undefined && mode !== 'full' && mode !== 'scd2') await load.takeBack(opened.earlier)
  const staged = isQuery(source)
    ? await stageQuery(tx, plan, query ?? queryAt(source, interval))
    : typeof source === 'string'
      ? await stageFile(tx, plan, planned({}), source, request)
      : await stageCsv(tx, plan, source, request)
  load.take(staged)
  await load.takeTurn(mode === 'full' || touched !== undefined)
  if (!(await load.tryWrite(replaced))) await load.writeRows(replaced)
  return await withOrphans(tx, await load.finish(request, staged.bytes), replayed)
}

const isByPartition = (source: LoadRequest['source']): source is PartitionQuery => typeof source === 'object' && 'of' in source

/** The partitions to be made anew, and the load of their rows alone. */
async function partitionsOf(
  tx: Connection,
  request: LoadRequest,
): Promise<{ readonly touched: Replaced | undefined; readonly request: LoadRequest & { readonly source: LoadSource } }> {
  const { source, table, write } = request
  if (!isByPartition(source)) return { touched: undefined, request: { ...request, source } }
  const [last] = await tx.query<{ mode: string; definition: string | null }>(lastWrite, [write.dataset])
  const told = await takeTouched(tx, consumerOf(write.task, table, source.sources), source.sources)
  const values = last?.mode === 'partition' && last.definition === (write.definition ?? null) ? told : 'all'
  const column = table.facts.partition ?? ''
  return {
    touched: values === 'all' ? 'all' : { column, type: table.columns[column]?.type ?? { kind: 'text' }, values },
    request: { ...request, source: source.of(values) },
  }
}

/** $1 dataset. Rows that somebody else has put there meanwhile are not those of the query. */
const lastWrite = `select mode, definition from public.sluice_loads where dataset = $1 and mode <> 'retain' order by id desc limit 1`

/** What waited in quarantine for rows that it refers to comes back with the next load of its table, and the receipt says so. */
async function withOrphans(tx: Connection, receipt: LoadReceipt, options: ReplayOptions): Promise<LoadReceipt> {
  const rows = await replayOrphans(tx, options)
  await noteWaiting(tx, options)
  return rows === 0 ? receipt : await saying(tx, receipt, `${rows} rows of earlier batches came back: what they refer to is there now`)
}

/** Rows of other tables that waited for rows of this one come back behind its load, and its receipt says so. */
async function withChildren(db: Queryable, receipt: LoadReceipt, back: readonly CameBack[]): Promise<LoadReceipt> {
  if (back.length === 0) return receipt
  const said = back.map(({ dataset, rows, fault }) =>
    fault === undefined
      ? `${rows} rows of ${dataset} came back: what they refer to is there now`
      : `rows of ${dataset} that wait in quarantine come back with its own next load: ${fault}`,
  )
  return await saying(db, receipt, said.join('; '))
}

async function saying(db: Queryable, receipt: LoadReceipt, said: string): Promise<LoadReceipt> {
  const reason = receipt.reason === null ? said : `${receipt.reason}; ${said}`
  await db.query('update public.sluice_loads set reason = $2 where id = $1::bigint', [receipt.loadId, reason])
  return { ...receipt, reason }
}

/**
 * What a full load is as of, and the interval it is evaluated for: those of the newest run that has replaced the table. An older run that
 * is cleared or backfilled so brings the table up to date, and never puts older content in its place.
 */
async function newestOrder(
  tx: Connection,
  { write, source, table }: LoadRequest,
  asOf: Instant,
): Promise<{ readonly asOf: Instant; readonly interval: Interval }> {
  const newest = await newestFull(tx, write.dataset)
  if (newest === undefined || newest.asOf <= asOf) return { asOf, interval: writtenInterval(write) }
  if (typeof source === 'object' && 'at' in source) return { asOf: newest.asOf, interval: newest }
  throw warehouseErrors.overtaken(
    `${table.name} holds what a run of ${formatInstant(newest.asOf)} has put there, and this run of ${formatInstant(write.logicalTime)} would replace all of it with older rows`,
    {
      facts: { dataset: write.dataset, batch: write.batch, newest: newest.asOf },
      next: 'Clear the newest run of the pipeline instead, or read whole datasets in the model and not .batch.',
    },
  )
}
