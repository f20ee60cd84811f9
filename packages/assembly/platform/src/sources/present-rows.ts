import type { Pull } from '@sluice/author'
import { type Instant, type SinkReceipt, sumOf } from '@sluice/core'

/** What a dataset holds of a database or an API. */
export interface PresentRows {
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly pulledAt: Instant | null
}

/** Whether each pull of a source takes all of it, so that the newest one tells what there is. */
export const takesAll = (from: Pull['from']): boolean =>
  from.kind === 'sql-source' ? from.mode === 'full' : from.kind === 'rest-source' && from.incremental === undefined

/**
 * Rows of now, and not of all pulls together: of each batch the newest generation counts, and of a source that is taken as a whole the
 * newest batch alone. Pure.
 * @param rows those that stand in the dataset, by batch
 */
export function presentRows(
  receipts: readonly SinkReceipt[],
  { source, whole, rows }: { readonly source: string; readonly whole: boolean; readonly rows: ReadonlyMap<string, number> },
): PresentRows {
  const own = receipts.filter(({ slice, answers, status }) => (slice ?? answers)?.source === source && status === 'written')
  const newest = new Map<string, SinkReceipt>()
  for (const receipt of own) if (receipt.generation >= (newest.get(receipt.batch)?.generation ?? 0)) newest.set(receipt.batch, receipt)
  const inOrder = [...newest.values()].toSorted((a, b) => b.writtenAt - a.writtenAt)
  const present = whole ? inOrder.slice(0, 1) : inOrder
  return {
    rowsWritten: sumOf(present, ({ batch }) => rows.get(batch) ?? 0),
    rowsQuarantined: sumOf(present, ({ rowsQuarantined }) => rowsQuarantined),
    pulledAt: inOrder[0]?.writtenAt ?? null,
  }
}
