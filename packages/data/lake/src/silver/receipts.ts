import type { SinkReceipt } from '@sluice/core'
import type { DeltaTable, HistoryEntry } from '@sluice/delta'
import { type NewestWrite, parseStored, receiptOf, type StoredReceipt } from '../receipt.ts'

/** The field of a commit's commitInfo that holds the receipt. */
export const receiptField = 'sluiceReceipt'

/** The field of a commit's commitInfo that holds receipts of earlier commits whose counts it has changed. */
export const amendedField = 'sluiceReceipts'

/** Receipts of a table from its log alone, oldest first, as they were changed since. */
export async function receiptsOf(table: DeltaTable): Promise<readonly (SinkReceipt & StoredReceipt)[]> {
  const receipts = new Map<string, SinkReceipt & StoredReceipt>()
  for (const entry of (await table.history()).toReversed()) {
    const receipt = receiptIn(entry)
    const amended = entry.commitInfo[amendedField]
    const changed = Array.isArray(amended) ? amended.map(parseStored).filter((each) => each !== undefined) : []
    for (const each of [...(receipt === undefined ? [] : [receipt]), ...changed.map((stored) => withFacts(stored, entry))])
      receipts.set(`${each.batch} ${each.generation}`, each)
  }
  return [...receipts.values()]
}

/** Writes at one time do not see each other's receipts: the last ones are looked at, each of which knows those before it. */
const writersAtOnce = 8

/** The newest write of a table, by what it shows. */
export async function newestIn(table: DeltaTable): Promise<NewestWrite | undefined> {
  const lately = newestAmong(await table.history({ limit: writersAtOnce }))
  // A table that others have maintained for long may end in commits without receipts.
  return lately ?? newestAmong(await table.history())
}

const newestAmong = (entries: readonly HistoryEntry[]): NewestWrite | undefined =>
  entries
    .map((entry) => parseStored(entry.commitInfo[receiptField])?.newest)
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.asOf - a.asOf)[0]

/** Whether a write has come after a version of the table; maintenance is not a write. Without a version: whether there is one at all. */
export async function hasReceiptSince(table: DeltaTable, version = -1): Promise<boolean> {
  const commits = (await table.snapshot()).version - version
  if (commits <= 0) return false
  return (await table.history({ limit: commits })).some((entry) => entry.version > version && receiptIn(entry) !== undefined)
}

export async function findReceipt(table: DeltaTable, batch: string, generation: number): Promise<SinkReceipt | undefined> {
  return (await receiptsOf(table)).find((receipt) => receipt.batch === batch && receipt.generation === generation)
}

export function receiptIn(entry: HistoryEntry): (SinkReceipt & StoredReceipt) | undefined {
  const stored = parseStored(entry.commitInfo[receiptField])
  return stored === undefined ? undefined : withFacts(stored, entry)
}

function withFacts(stored: StoredReceipt, entry: HistoryEntry): SinkReceipt & StoredReceipt {
  const metrics = entry.commitInfo.operationMetrics as Readonly<Record<string, string>> | undefined
  return receiptOf(
    stored,
    { version: String(entry.version), bytes: Number(metrics?.numOutputBytes ?? metrics?.numTargetBytesAdded ?? 0) },
    true,
  )
}
