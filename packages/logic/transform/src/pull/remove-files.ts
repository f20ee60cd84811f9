import type { Pull } from '@sluice/author'
import type { BatchWrite, SinkReceipt } from '@sluice/core'
import { quoteIdentifier } from '@sluice/duckdb'
import { byKeyOf, type Lake } from '@sluice/lake'

/** Takes the rows of files away, in one commit where they share commits. */
export async function removeFiles(
  lake: Lake,
  { into }: Pull,
  writes: readonly BatchWrite[],
  reason: string,
): Promise<readonly SinkReceipt[]> {
  if (into.key.length === 0) {
    using batches = await lake.batches(into.name, writes)
    return [...(await batches.remove(reason)).receipts.values()]
  }
  const none = Object.keys(into.columns).map((name) => `NULL AS ${quoteIdentifier(name)}`)
  const receipts: SinkReceipt[] = []
  for (const write of writes) {
    using batch = await lake.batch(write)
    receipts.push(
      batch.receipt ??
        (await batch.finish({
          columns: into.columns,
          mode: byKeyOf(into),
          reason,
          judge: async () => ({
            good: `SELECT ${none.join(', ')} WHERE false`,
            broken: `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
            messages: {},
            counts: { rowsIn: 0, rowsQuarantined: 0 },
          }),
        })),
    )
  }
  return receipts
}
