import type { Columns } from '@sluice/author'
import { type BatchWrite, SluiceError } from '@sluice/core'
import type { DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { failureOf } from '../failure.ts'
import { type Place, tableOf } from '../paths.ts'
import { type LakeReceipt, receiptOf, type StoredReceipt, storedReceipt } from '../receipt.ts'
import { batchColumn, deltaColumns } from './delta-columns.ts'
import { openExisting, openOrCreate } from './open.ts'
import { findReceipt, receiptField } from './receipts.ts'

export interface CleanCommit {
  readonly write: BatchWrite
  readonly columns: Columns
  readonly partitionBy?: readonly string[]
  /** SELECT of the rows on the connection given, its columns those declared, without `_batch`. */
  readonly select: string
  /** `replace_batch`: exactly this batch's rows of earlier generations go. `overwrite`: all rows go. */
  readonly mode: 'replace_batch' | 'overwrite'
}

export interface BatchCommit extends CleanCommit {
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
}

export interface SilverPlace {
  readonly place: Place
  readonly connection: DuckConnection
  readonly now: () => number
  /** Runs after each commit of rows, before the receipt is given; it must not throw. */
  readonly afterCommit?: (table: DeltaTable, place: Place) => Promise<void>
}

/**
 * One Delta commit with `txn(appId = batch, version = generation)` and the receipt in its commitInfo. The same generation is answered with
 * the first receipt, a higher one replaces the batch. @throws `lake.conflict` for a generation older than the one committed.
 */
export async function commitBatch(at: SilverPlace, commit: BatchCommit): Promise<LakeReceipt> {
  const stored = storedReceipt(commit.write, { ...commit, credits: 0, writtenAt: at.now() })
  return await commitStored(at, commit, () => stored)
}

/** The same for rows that are all good and that nobody has counted: the write itself does. */
export async function commitClean(at: SilverPlace, commit: CleanCommit): Promise<LakeReceipt> {
  const writtenAt = at.now()
  return await commitStored(at, commit, (rows) =>
    storedReceipt(commit.write, { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt }),
  )
}

async function commitStored(
  { place, connection, now, afterCommit }: SilverPlace,
  commit: CleanCommit,
  storedOf: (rows: number) => StoredReceipt,
): Promise<LakeReceipt> {
  const { write, select } = commit
  try {
    const table = await openOrCreate(connection, tableOf(place), deltaColumns(commit.columns), commit.partitionBy, now)
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
            select: `SELECT *, ${quoteLiteral(write.batch)} AS ${quoteIdentifier(batchColumn)} FROM (${select})`,
          })
    if (result.alreadyCommitted) return await firstReceipt(table, write)
    await afterCommit?.(table, place)
    return receiptOf(storedOf(result.rows), { version: String(result.version), bytes: result.bytes }, false)
  } catch (thrown) {
    throw failureOf(thrown, `writing ${write.dataset}`)
  }
}

/** The receipt of this batch and generation when it is committed already, looked up before any work is done. */
export async function committedReceipt({ place, connection }: SilverPlace, write: BatchWrite): Promise<LakeReceipt | undefined> {
  const table = await openExisting(connection, tableOf(place))
  if (table === undefined) return undefined
  const { txns } = await table.snapshot()
  const committed = txns.get(write.batch)
  return committed === undefined || committed < write.generation ? undefined : await firstReceipt(table, write)
}

async function firstReceipt(table: DeltaTable, write: BatchWrite): Promise<LakeReceipt> {
  const receipt = await findReceipt(table, write.batch, write.generation)
  if (receipt !== undefined) return receipt
  throw new SluiceError('lake.conflict', `${write.dataset}: a newer generation of batch ${write.batch} is committed already`, {
    facts: { dataset: write.dataset, batch: write.batch, generation: write.generation },
    next: 'The task was cleared or reprocessed meanwhile; its newer run holds the rows, nothing needs doing.',
  })
}
