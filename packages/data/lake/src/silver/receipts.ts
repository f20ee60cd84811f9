import type { SinkReceipt } from '@sluice/core'
import type { DeltaTable, HistoryEntry } from '@sluice/delta'
import { type NewestWrite, parseStored, receiptOf } from '../receipt.ts'

/** The field of a commit's commitInfo that holds the receipt. */
export const receiptField = 'sluiceReceipt'

/** Receipts of a table from its log alone, oldest first. */
export async function receiptsOf(table: DeltaTable): Promise<readonly SinkReceipt[]> {
  const receipts: SinkReceipt[] = []
  for (const entry of (await table.history()).toReversed()) {
    const receipt = receiptIn(entry)
    if (receipt !== undefined) receipts.push(receipt)
  }
  return receipts
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

export async function findReceipt(table: DeltaTable, batch: string, generation: number): Promise<SinkReceipt | undefined> {
  return (await receiptsOf(table)).find((receipt) => receipt.batch === batch && receipt.generation === generation)
}

export function receiptIn(entry: HistoryEntry): SinkReceipt | undefined {
  const stored = parseStored(entry.commitInfo[receiptField])
  if (stored === undefined) return undefined
  const metrics = entry.commitInfo.operationMetrics as Readonly<Record<string, string>> | undefined
  return receiptOf(stored, { version: String(entry.version), bytes: Number(metrics?.numOutputBytes ?? 0) }, true)
}
