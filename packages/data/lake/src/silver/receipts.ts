import type { SinkReceipt } from '@sluice/core'
import type { DeltaTable, HistoryEntry } from '@sluice/delta'
import { type NewestWrite, parseStored, receiptOf, type StoredReceipt, type WrittenReceipt } from '../receipt.ts'
import { sharedReceiptsIn } from './shared-receipts.ts'

/** The field of a commit's commitInfo that holds the receipt. */
export const receiptField = 'sluiceReceipt'

/** The field of a commit's commitInfo that holds the receipts of all its batches, where it has several. */
export const batchesField = 'sluiceBatches'

/** The field of a commit's commitInfo that holds receipts of earlier commits whose counts it has changed. */
export const amendedField = 'sluiceReceipts'

/** The field of a commit's commitInfo that says who had a table made anew, and what changed. */
export const rebuildField = 'sluiceRebuild'

/** The field of a commit's commitInfo that says of which versions of its sources a table is made by partition. */
export const readField = 'sluiceRead'

/** Receipts of a table from its log alone, oldest first, as they were changed since. */
export async function receiptsOf(table: DeltaTable): Promise<readonly WrittenReceipt[]> {
  const told: (readonly WrittenReceipt[])[] = []
  for await (const entry of table.commits()) told.push(everyReceiptIn(entry))
  const receipts = new Map<string, WrittenReceipt>()
  for (const some of told.toReversed()) for (const each of some) receipts.set(receiptKey(each), each)
  return [...receipts.values()]
}

/** What names a receipt among those of its table. */
export const receiptKey = ({ batch, generation }: Pick<SinkReceipt, 'batch' | 'generation'>): string => `${batch} ${generation}`

/** Writes at one time do not see each other's receipts: the last ones are looked at, each of which knows those before it. */
const writersAtOnce = 8

/** The newest write of a table, by what it shows. */
export async function newestIn(table: DeltaTable): Promise<NewestWrite | undefined> {
  let newest: NewestWrite | undefined
  let looked = 0
  for await (const entry of table.commits()) {
    for (const { newest: each } of storedIn(entry))
      if (each !== undefined && (newest === undefined || each.asOf > newest.asOf)) newest = each
    // A table that others have maintained for long may end in commits without receipts.
    if (++looked >= writersAtOnce && newest !== undefined) break
  }
  return newest
}

/**
 * What the model of a task was when it wrote last, or when its batches were made anew since: among the last writes. A table that others
 * have maintained for long may tell nothing.
 */
export async function lastDefinition(table: DeltaTable, task: string): Promise<string | undefined> {
  for await (const entry of table.commits({ limit: writersAtOnce })) {
    const rebuilt = entry.commitInfo[rebuildField] as { readonly definitions?: Readonly<Record<string, string>> } | undefined
    if (rebuilt?.definitions?.[task] !== undefined) return rebuilt.definitions[task]
    const own = storedIn(entry).findLast((stored) => stored.task === task)
    if (own?.definition !== undefined) return own.definition
  }
  return undefined
}

/** Whether a write has come after a version of the table; maintenance is not a write. Without a version: whether there is one at all. */
export async function hasReceiptSince(table: DeltaTable, version = -1): Promise<boolean> {
  const commits = (await table.snapshot()).version - version
  if (commits <= 0) return false
  for await (const entry of table.commits({ limit: commits })) if (entry.version > version && storedIn(entry).length > 0) return true
  return false
}

export async function findReceipt(table: DeltaTable, batch: string, generation: number): Promise<SinkReceipt | undefined> {
  return (await receiptsOf(table)).find((receipt) => receipt.batch === batch && receipt.generation === generation)
}

/** The receipts that a commit tells: of batches that it has written, and of those of which it has changed the counts. */
export const everyReceiptIn = (entry: HistoryEntry): readonly WrittenReceipt[] => [...receiptsIn(entry), ...amendedIn(entry)]

/** The receipts of the batches that a commit has written. */
export const receiptsIn = (entry: HistoryEntry): readonly WrittenReceipt[] => withFacts(storedIn(entry), entry)

/** Receipts of earlier commits whose counts a commit has changed. */
function amendedIn(entry: HistoryEntry): readonly WrittenReceipt[] {
  const amended = entry.commitInfo[amendedField]
  if (!Array.isArray(amended)) return []
  return amended.flatMap((each) =>
    withFacts(
      [parseStored(each)].filter((stored) => stored !== undefined),
      entry,
    ),
  )
}

export function storedIn({ commitInfo }: HistoryEntry): readonly StoredReceipt[] {
  const stored = parseStored(commitInfo[receiptField])
  return stored === undefined ? sharedReceiptsIn(commitInfo[batchesField]) : [stored]
}

function withFacts(all: readonly StoredReceipt[], { version, commitInfo }: HistoryEntry): readonly WrittenReceipt[] {
  const metrics = commitInfo.operationMetrics as Readonly<Record<string, string>> | undefined
  return receiptsOfCommit(all, { version, bytes: Number(metrics?.numOutputBytes ?? metrics?.numTargetBytesAdded ?? 0) }, true)
}

/** Several batches share the files of their commit: each has the part of the bytes that its rows have of the rows. */
export function receiptsOfCommit(
  all: readonly StoredReceipt[],
  { version, bytes }: { readonly version: number; readonly bytes: number },
  replayed: boolean,
): readonly WrittenReceipt[] {
  const total = all.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
  let [rows, before] = [0, 0]
  return all.map((stored) => {
    rows += stored.rowsWritten
    const upTo = all.length === 1 || total === 0 ? bytes : Math.round((bytes * rows) / total)
    const own = upTo - before
    before = upTo
    return receiptOf(stored, { version: String(version), bytes: own }, replayed)
  })
}
