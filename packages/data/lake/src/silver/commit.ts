import type { Columns } from '@sluice/author'
import { type BatchWrite, given, type SinkReceipt, type SluiceError } from '@sluice/core'
import { DeltaError, type DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchesOf, type LakeDataset, tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { type NewestWrite, newestOf, receiptOf, type StoredReceipt, storedReceipt } from '../receipt.ts'
import { forgetBatchRows, openBatchRows, writeBatchRows } from './batch-rows.ts'
import { observedColumns } from './by-versions.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { dropLongSuperseded } from './drop-long-superseded.ts'
import { fitTable, markGone, mustReplaceColumns } from './fit-table.ts'
import { refuseOtherRefresh, showLatest } from './merge.ts'
import { openExisting, openOrCreate } from './open.ts'
import { type ByPartition, isAmong, readBefore } from './partition.ts'
import { findReceipt, hasReceiptSince, lastDefinition, newestIn, readField, receiptField } from './receipts.ts'
import type { ByKey } from './row-order.ts'

/**
 * `replace_batch`: exactly this batch's rows of earlier generations go. `overwrite`: all rows go. By key: this batch's rows of earlier
 * generations go, and under each key the latest row of all batches stands in the table. By partition: all rows of those named go.
 */
export type TableMode = 'replace_batch' | 'overwrite' | ByPartition | ByKey

/** Versions of a table and of what stands beside it; undefined where there is none. */
export interface SeenVersions {
  readonly table: number | undefined
  readonly beside: number | undefined
}

/** A change of a table by one batch, but for its rows. */
export interface TableChange {
  readonly write: BatchWrite
  readonly columns: Columns
  readonly partitionBy?: readonly string[]
  readonly mode: TableMode
  /** What was there when the rows were evaluated. */
  readonly seen: SeenVersions
  /** The newest write of the table before this one. */
  readonly newest: NewestWrite | undefined
}

function newestWith({ write, newest }: TableChange): NewestWrite {
  const own = newestOf(write)
  return newest === undefined || own.asOf > newest.asOf ? own : newest
}

export interface UncountedRows extends TableChange {
  /** Rows of the batch are in quarantine: it does not show all there is. */
  readonly isPartial?: boolean
  /** SELECT of the rows on the connection given, its columns those declared, without `_batch`. */
  readonly select: string
}

export interface CountedRows extends UncountedRows {
  readonly rowsIn: number
  readonly rowsQuarantined: number
  readonly brokenRules?: SinkReceipt['brokenRules']
  readonly adjusted?: SinkReceipt['adjusted']
  /** Why there are no rows. */
  readonly reason?: string
}

export interface SilverContext {
  readonly dataset: LakeDataset
  readonly connection: DuckConnection
  readonly now: () => number
  /** Runs after each commit of rows, before the receipt is given; it must not throw. */
  readonly afterCommit: (table: DeltaTable, dataset: LakeDataset) => Promise<void>
}

/**
 * One Delta commit with `txn(appId = batch, version = generation)` and the receipt in its commitInfo. The same generation is answered with
 * the first receipt, a higher one replaces the batch. @throws `lake.conflict` for a generation older than the one committed;
 * `bug.unreachable` when the rows written and those in quarantine are not the rows that came in: nothing is committed.
 */
export async function commitCounted(at: SilverContext, commit: CountedRows): Promise<SinkReceipt> {
  const { write, rowsIn, rowsQuarantined, brokenRules, adjusted, reason } = commit
  const writtenAt = at.now()
  return await commitStored(at, { ...commit, isPartial: rowsQuarantined > 0 }, (rows) =>
    storedReceipt(
      write,
      { rowsIn, rowsWritten: rows, rowsQuarantined, ...given({ brokenRules, adjusted }), credits: 0, writtenAt },
      newestWith(commit),
      reason,
    ),
  )
}

/** The same for rows that are all good and that nobody has counted: the write counts them. */
export async function commitUncounted(at: SilverContext, commit: UncountedRows): Promise<SinkReceipt> {
  const writtenAt = at.now()
  return await commitStored(at, commit, (rows) =>
    storedReceipt(commit.write, { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt }, newestWith(commit)),
  )
}

type StoredOf = (rows: number) => StoredReceipt

async function commitStored(at: SilverContext, commit: UncountedRows, storedOf: StoredOf): Promise<SinkReceipt> {
  const { mode, write } = commit
  try {
    switch (mode) {
      case 'replace_batch':
        return await replaceBatch(at, commit, storedOf)
      case 'overwrite':
        return await overwrite(at, commit, storedOf)
      default:
        return 'partition' in mode
          ? await overwrite(at, { ...commit, partitionBy: [mode.partition.name] }, storedOf, mode)
          : await mergeByKey(at, commit, mode, storedOf)
    }
  } catch (thrown) {
    throw failureOf(thrown, `writing ${write.dataset}`)
  }
}

async function replaceBatch({ dataset, connection, now, afterCommit }: SilverContext, commit: UncountedRows, storedOf: StoredOf) {
  const { write, select } = commit
  await refuseOtherRefresh(connection, dataset, false)
  const columns = deltaColumns(commit.columns)
  const table = await openOrCreate(connection, tableStore(dataset), columns, commit.partitionBy, now)
  await fitTable(table, dataset, columns)
  const result = await table.replaceBatch({ ...optionsOf(write, storedOf), evolve: true, select, column: batchColumn, value: write.batch })
  if (result.alreadyCommitted) return await firstReceipt(table, write)
  await afterCommit(table, dataset)
  return receiptOf(storedOf(result.rows), { version: String(result.version), bytes: result.bytes }, false)
}

/** More races than writers are at one table; each lost one is another writer's progress. */
const mostRaces = 25

/**
 * It follows the version of the table that it has looked at, so that of two refreshes the one that writes last has also read last.
 * @throws `lake.outdated` where another one was faster
 */
async function overwrite(
  { dataset, connection, now, afterCommit }: SilverContext,
  commit: UncountedRows,
  storedOf: StoredOf,
  by?: ByPartition,
): Promise<SinkReceipt> {
  const some = by === undefined || by.values === 'all' ? undefined : by.values
  if (some !== undefined) await refuseOtherRefresh(connection, dataset, false)
  const { write, select } = commit
  const columns = deltaColumns(commit.columns)
  const table = await openOrCreate(connection, tableStore(dataset), columns, commit.partitionBy, now)
  const replaces = some === undefined && (await mustReplaceColumns(table, columns))
  if (!replaces) await fitTable(table, dataset, columns)
  for (let race = 1; ; race++) {
    const { version, txns } = await table.snapshot()
    if ((txns.get(write.batch) ?? -1) >= write.generation) return await firstReceipt(table, write)
    if (await hasReceiptSince(table, commit.seen.table)) throw outdated(write)
    try {
      if (some === undefined) await forgetBatchRows(connection, dataset)
      const result = await table.overwrite({
        ...optionsOf(write, storedOf, by),
        ...(some === undefined || by === undefined ? {} : { replaceWhere: [isAmong(by.partition, some)] }),
        ...(replaces ? { overwriteSchema: true } : { evolve: true }),
        select: `SELECT *, ${quoteLiteral(write.batch)} AS ${quoteIdentifier(batchColumn)} FROM (${select})`,
        ifVersion: version,
      })
      if (result.alreadyCommitted) return await firstReceipt(table, write)
      await afterCommit(table, dataset)
      return receiptOf(storedOf(result.rows), { version: String(result.version), bytes: result.bytes }, false)
    } catch (thrown) {
      if (!isConflict(thrown) || race === mostRaces) throw thrown
    }
  }
}

/** First the rows of the batch beside the table, then what the table shows: a replay finds both as far as they came. */
async function mergeByKey({ dataset, connection, now, afterCommit }: SilverContext, commit: UncountedRows, by: ByKey, storedOf: StoredOf) {
  const { write, columns, select, seen } = commit
  await refuseOtherRefresh(connection, dataset, true, by.versions)
  const table = await openOrCreate(connection, tableStore(dataset), deltaColumns(columns), commit.partitionBy, now)
  await fitTable(table, dataset, deltaColumns(columns))
  if (by.deletionVectors !== undefined) await markGone(table, by.deletionVectors)
  const after = write.asOf === undefined ? {} : { after: { version: seen.beside } }
  const ofBatch =
    by.versions === undefined
      ? { columns }
      : { columns: observedColumns(columns, by.versions), ...(by.versions.closesMissing ? { isWhole: commit.isPartial !== true } : {}) }
  const written = await writeBatchRows(connection, dataset, { write, select, ...ofBatch, ...after }, now)
  if (written === undefined) throw outdated(write)
  const commitInfo = { [receiptField]: storedOf(written.rows) }
  if (by.versions === undefined)
    await dropLongSuperseded(connection, written.table, { batch: write.batch, asOf: write.asOf ?? write.logicalTime, by })
  const isNew = await showLatest(connection, table, { write, by, written, commitInfo })
  if (isNew) {
    await afterCommit(written.table, batchesOf(dataset))
    await afterCommit(table, dataset)
  }
  return { ...(await firstReceipt(table, write)), replayed: !isNew }
}

const optionsOf = (write: BatchWrite, storedOf: StoredOf, by?: ByPartition) => ({
  txn: { appId: write.batch, version: write.generation },
  commitInfo: (rows: number) => ({ [receiptField]: storedOf(rows), ...(by === undefined ? {} : { [readField]: by.read }) }),
})

const isConflict = (thrown: unknown): boolean => thrown instanceof DeltaError && thrown.code === 'commit.conflict'

const outdated = ({ dataset, batch }: BatchWrite): SluiceError =>
  lakeErrors.outdated(`${dataset}: another write came while batch ${batch} was evaluated`, {
    facts: { dataset, batch },
    next: 'The task tries again, and reads what the other write has left.',
  })

/** The versions that a write begins on. */
export async function seenVersions({ dataset, connection, now }: SilverContext): Promise<SeenVersions> {
  const table = await openExisting(connection, tableStore(dataset), now)
  const beside = await openBatchRows(connection, dataset)
  return { table: (await table?.snapshot())?.version, beside: (await beside?.snapshot())?.version }
}

/** The newest write of the table; undefined where there is none. */
export async function newestWrite({ dataset, connection, now }: Omit<SilverContext, 'afterCommit'>): Promise<NewestWrite | undefined> {
  const table = await openExisting(connection, tableStore(dataset), now)
  return table === undefined ? undefined : await newestIn(table)
}

/** What the model of a task was when it wrote to the table last. */
export async function definitionBefore({ dataset, connection, now }: Omit<SilverContext, 'afterCommit'>, task: string) {
  const table = await openExisting(connection, tableStore(dataset), now)
  return table === undefined ? undefined : await lastDefinition(table, task)
}

/** Versions of the sources that the partitions of the table were made of; undefined where something else has changed its rows since. */
export async function sourcesBefore({ dataset, connection, now }: Omit<SilverContext, 'afterCommit'>) {
  const table = await openExisting(connection, tableStore(dataset), now)
  return table === undefined ? undefined : await readBefore(table)
}

/** The receipt of this batch and generation when it is committed already, looked up before any work is done. */
export async function committedReceipt({ dataset, connection, now }: SilverContext, write: BatchWrite): Promise<SinkReceipt | undefined> {
  const table = await openExisting(connection, tableStore(dataset), now)
  if (table === undefined) return undefined
  const { txns } = await table.snapshot()
  const committed = txns.get(write.batch)
  return committed === undefined || committed < write.generation ? undefined : await firstReceipt(table, write)
}

async function firstReceipt(table: DeltaTable, write: BatchWrite): Promise<SinkReceipt> {
  const receipt = await findReceipt(table, write.batch, write.generation)
  if (receipt !== undefined) return receipt
  throw newerGeneration(write)
}

export const newerGeneration = ({ dataset, batch, generation }: BatchWrite): SluiceError =>
  lakeErrors.conflict(`${dataset}: a newer generation of batch ${batch} is committed already`, {
    facts: { dataset, batch, generation },
    next: 'The task was cleared or reprocessed meanwhile; its newer run holds the rows, nothing needs doing.',
  })
