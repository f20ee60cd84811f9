import type { Columns } from '@sluice/author'
import { type BatchWrite, given, type SinkReceipt } from '@sluice/core'
import type { DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { type NewestWrite, newestOf, receiptOf, type StoredReceipt, storedReceipt } from '../receipt.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { fitTable, mustReplaceColumns } from './fit-table.ts'
import { openExisting, openOrCreate } from './open.ts'
import { findReceipt, newestIn, receiptField } from './receipts.ts'

/** A change of a table by one batch, but for its rows. */
export interface TableChange {
  readonly write: BatchWrite
  readonly columns: Columns
  readonly partitionBy?: readonly string[]
  /** `replace_batch`: exactly this batch's rows of earlier generations go. `overwrite`: all rows go. */
  readonly mode: 'replace_batch' | 'overwrite'
  /** The newest write of the table before this one. */
  readonly newest: NewestWrite | undefined
}

function newestWith({ write, newest }: TableChange): NewestWrite {
  const own = newestOf(write)
  return newest === undefined || own.asOf > newest.asOf ? own : newest
}

export interface UncountedRows extends TableChange {
  /** SELECT of the rows on the connection given, its columns those declared, without `_batch`. */
  readonly select: string
}

export interface CountedRows extends UncountedRows {
  readonly rowsIn: number
  readonly rowsQuarantined: number
  readonly adjusted?: SinkReceipt['adjusted']
}

export interface SilverContext {
  readonly dataset: LakeDataset
  readonly connection: DuckConnection
  readonly now: () => number
  /** Runs after each commit of rows, before the receipt is given; it must not throw. */
  readonly afterCommit: (table: DeltaTable) => Promise<void>
}

/**
 * One Delta commit with `txn(appId = batch, version = generation)` and the receipt in its commitInfo. The same generation is answered with
 * the first receipt, a higher one replaces the batch. @throws `lake.conflict` for a generation older than the one committed;
 * `bug.unreachable` when the rows written and those in quarantine are not the rows that came in: nothing is committed.
 */
export async function commitCounted(at: SilverContext, commit: CountedRows): Promise<SinkReceipt> {
  const { write, rowsIn, rowsQuarantined, adjusted } = commit
  const writtenAt = at.now()
  return await commitStored(at, commit, (rows) =>
    storedReceipt(write, { rowsIn, rowsWritten: rows, rowsQuarantined, ...given({ adjusted }), credits: 0, writtenAt }, newestWith(commit)),
  )
}

/** The same for rows that are all good and that nobody has counted: the write counts them. */
export async function commitUncounted(at: SilverContext, commit: UncountedRows): Promise<SinkReceipt> {
  const writtenAt = at.now()
  return await commitStored(at, commit, (rows) =>
    storedReceipt(commit.write, { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt }, newestWith(commit)),
  )
}

async function commitStored(
  { dataset, connection, now, afterCommit }: SilverContext,
  commit: UncountedRows,
  storedOf: (rows: number) => StoredReceipt,
): Promise<SinkReceipt> {
  const { write, select } = commit
  try {
    const columns = deltaColumns(commit.columns)
    const table = await openOrCreate(connection, tableStore(dataset), columns, commit.partitionBy, now)
    const replaces = commit.mode === 'overwrite' && (await mustReplaceColumns(table, columns))
    if (!replaces) await fitTable(table, dataset, columns)
    const options = {
      txn: { appId: write.batch, version: write.generation },
      commitInfo: (rows: number) => ({ [receiptField]: storedOf(rows) }),
      evolve: true,
    }
    const result =
      commit.mode === 'replace_batch'
        ? await table.replaceBatch({ ...options, select, column: batchColumn, value: write.batch })
        : await table.overwrite({
            ...options,
            ...(replaces ? { evolve: false, overwriteSchema: true } : {}),
            select: `SELECT *, ${quoteLiteral(write.batch)} AS ${quoteIdentifier(batchColumn)} FROM (${select})`,
          })
    if (result.alreadyCommitted) return await firstReceipt(table, write)
    await afterCommit(table)
    return receiptOf(storedOf(result.rows), { version: String(result.version), bytes: result.bytes }, false)
  } catch (thrown) {
    throw failureOf(thrown, `writing ${write.dataset}`)
  }
}

/** The newest write of the table; undefined where there is none. */
export async function newestWrite({ dataset, connection, now }: Omit<SilverContext, 'afterCommit'>): Promise<NewestWrite | undefined> {
  const table = await openExisting(connection, tableStore(dataset), now)
  return table === undefined ? undefined : await newestIn(table)
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
  throw lakeErrors.conflict(`${write.dataset}: a newer generation of batch ${write.batch} is committed already`, {
    facts: { dataset: write.dataset, batch: write.batch, generation: write.generation },
    next: 'The task was cleared or reprocessed meanwhile; its newer run holds the rows, nothing needs doing.',
  })
}
