import type { Columns } from '@sluice/author'
import type { BatchWrite, SinkReceipt, SluiceError } from '@sluice/core'
import type { DeltaTable } from '@sluice/delta'
import { quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { type NewestWrite, newestOf, type StoredReceipt } from '../receipt.ts'
import { newerGeneration, type SilverContext } from './commit.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { fitTable } from './fit-table.ts'
import { refuseOtherRefresh } from './merge.ts'
import { openExisting, openOrCreate } from './open.ts'
import { batchesField, receiptKey, receiptsOf, receiptsOfCommit } from './receipts.ts'
import { shareReceipts } from './shared-receipts.ts'

/** What has become of batches. */
export interface BatchesOutcome {
  readonly receipts: ReadonlyMap<string, SinkReceipt>
  /** Batches that were not written, and why; the table holds of them what it held before. */
  readonly refused: ReadonlyMap<string, SluiceError>
}

export interface BatchesCommit {
  readonly writes: readonly BatchWrite[]
  readonly columns: Columns
  readonly partitionBy?: readonly string[]
  /** SELECT of the rows of all of them: the columns declared, and `_batch`. */
  readonly select: string
  /** The newest write of the table before these. */
  readonly newest: NewestWrite | undefined
  /** Batches whose rows stay as they are: their receipts alone are new. */
  readonly kept?: ReadonlySet<string>
  /** Runs once the rows are written and before they are committed. Where it throws, nothing is. */
  before?(): Promise<void>
  /** The receipt of a batch, by the rows that were written of it. @throws where they are not those that came in */
  storedOf(write: BatchWrite, rows: number, newest: NewestWrite): StoredReceipt
}

/** Those of the batches that the table has already, in this generation or a newer one. */
export async function committedReceipts(
  { dataset, connection, now }: SilverContext,
  writes: readonly BatchWrite[],
): Promise<BatchesOutcome> {
  const table = await openExisting(connection, tableStore(dataset), now)
  return table === undefined ? { receipts: new Map(), refused: new Map() } : await receiptsThere(table, writes)
}

async function receiptsThere(table: DeltaTable, writes: readonly BatchWrite[]): Promise<BatchesOutcome> {
  const { txns } = await table.snapshot()
  const there = writes.filter(({ batch, generation }) => (txns.get(batch) ?? -1) >= generation)
  const known = new Map(there.length === 0 ? [] : (await receiptsOf(table)).map((receipt) => [receiptKey(receipt), receipt]))
  const receipts = new Map<string, SinkReceipt>()
  const refused = new Map<string, SluiceError>()
  for (const write of there) {
    const receipt = known.get(receiptKey(write))
    if (receipt === undefined) refused.set(write.batch, newerGeneration(write))
    else receipts.set(write.batch, receipt)
  }
  return { receipts, refused }
}

/**
 * One Delta commit with a `txn` for each batch and the receipts of all. Batches that another writer has written meanwhile are answered with
 * its receipts, and the others are committed without them.
 */
export async function commitBatches(at: SilverContext, commit: BatchesCommit): Promise<BatchesOutcome> {
  const { dataset, connection, now } = at
  try {
    await refuseOtherRefresh(connection, dataset, false)
    const columns = deltaColumns(commit.columns)
    const table = await openOrCreate(connection, tableStore(dataset), columns, commit.partitionBy, now)
    await fitTable(table, dataset, columns)
    return await commitTo(at, table, commit)
  } catch (thrown) {
    throw failureOf(thrown, `writing ${dataset.id}`)
  }
}

/** Takes the rows of batches away but for those kept, with receipts that say why. @throws `lake.dataset_unknown` where there is no table */
export async function removeBatches(at: SilverContext, commit: Omit<BatchesCommit, 'columns' | 'select'>): Promise<BatchesOutcome> {
  const { dataset, connection, now } = at
  const table = await openExisting(connection, tableStore(dataset), now)
  if (table === undefined)
    throw lakeErrors.dataset_unknown(`There is no table ${dataset.id}, and batches of it are to be taken away`, {
      facts: { dataset: dataset.id },
      next: 'Only batches that were written can be taken away.',
    })
  try {
    return await commitTo(at, table, {
      ...commit,
      columns: {},
      select: `SELECT NULL::VARCHAR AS ${quoteIdentifier(batchColumn)} WHERE false`,
    })
  } catch (thrown) {
    throw failureOf(thrown, `taking batches of ${dataset.id} away`)
  }
}

async function commitTo({ dataset, afterCommit }: SilverContext, table: DeltaTable, commit: BatchesCommit): Promise<BatchesOutcome> {
  const { writes, select, storedOf, before, kept } = commit
  // Each round that finds a batch there is another writer's progress, and the next one has fewer.
  for (;;) {
    const { receipts, refused } = await receiptsThere(table, writes)
    const left = writes.filter(({ batch }) => !receipts.has(batch) && !refused.has(batch))
    if (left.length === 0) return { receipts, refused }
    let stored: readonly StoredReceipt[] = []
    const newest = newestWith(left, commit.newest)
    const result = await table.replaceBatches({
      column: batchColumn,
      batches: left.map(({ batch, generation }) => ({
        // No row has a batch of this name: ids are hexadecimal.
        value: kept?.has(batch) === true ? `kept ${batch}` : batch,
        txn: { appId: batch, version: generation },
      })),
      select: left.length === writes.length ? select : ofBatches(select, left),
      evolve: true,
      async commitInfo(rows) {
        await before?.()
        stored = left.map((write) => storedOf(write, rows.get(write.batch) ?? 0, newest))
        return { [batchesField]: shareReceipts(stored) }
      },
    })
    if (result.alreadyCommitted) continue
    await afterCommit(table, dataset)
    const fresh = receiptsOfCommit(stored, result, false).map((receipt): [string, SinkReceipt] => [receipt.batch, receipt])
    return { receipts: new Map([...receipts, ...fresh]), refused }
  }
}

/** The rows of some of the batches of a SELECT. */
export const ofBatches = (select: string, writes: readonly BatchWrite[]): string =>
  `SELECT * FROM (${select}) WHERE ${quoteIdentifier(batchColumn)} IN (${writes.map(({ batch }) => quoteLiteral(batch)).join(', ')})`

const newestWith = (writes: readonly BatchWrite[], before: NewestWrite | undefined): NewestWrite =>
  [...(before === undefined ? [] : [before]), ...writes.map(newestOf)].reduce((newest, each) => (each.asOf > newest.asOf ? each : newest))
