import type { BatchWrite } from '@sluice/core'
import { quoteLiteral } from '@sluice/duckdb'
import { quarantineOf, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import type { SilverContext } from './commit.ts'
import { openExisting, openOrCreate } from './open.ts'
import { fileOf, quarantineColumns } from './quarantine.ts'

export interface BrokenRowsOfMany {
  /** As that of one batch, with the column `batch` before them. */
  readonly select: string
  /** How many, by batch; a batch without any may be left out. */
  readonly rows: ReadonlyMap<string, number>
}

/** What `quarantine` does, for several batches in one commit. */
export async function quarantineBatches(
  { dataset, connection, now }: SilverContext,
  writes: readonly BatchWrite[],
  broken: BrokenRowsOfMany,
): Promise<void> {
  const store = tableStore(quarantineOf(dataset))
  const count = (batch: string): number => broken.rows.get(batch) ?? 0
  try {
    const existing = await openExisting(connection, store)
    if (existing === undefined && writes.every(({ batch }) => count(batch) === 0)) return
    const table = existing ?? (await openOrCreate(connection, store, quarantineColumns, undefined))
    // Another writer of one of these batches settles it, and the next round is without it.
    for (;;) {
      const { txns } = await table.snapshot()
      // Rows of a newer generation stay; those of the same one were left by an attempt that died before its receipt.
      const own = writes.filter(({ batch, generation }) => {
        const there = txns.get(batch)
        return there === undefined ? count(batch) > 0 : there <= generation
      })
      const [first] = own
      if (first === undefined) return
      const ofFiles = own.some(({ file }) => file !== undefined)
      const values = own.map((write) => `(${quoteLiteral(write.batch)}, ${write.generation}::INTEGER, ${fileOf(write)}::VARCHAR)`)
      const result = await table.replaceBatches({
        evolve: true,
        column: 'batch',
        batches: own.map(({ batch, generation }) =>
          txns.get(batch) === generation ? { value: batch } : { value: batch, txn: { appId: batch, version: generation } },
        ),
        commitInfo: { sluiceQuarantine: { dataset: first.dataset, batches: own.length, run: first.run } },
        select: `SELECT batch, generation, row_number::BIGINT AS row_number, rule, place, cells,
          CAST(${quoteLiteral(new Date(now()).toISOString())} AS TIMESTAMPTZ) AS quarantined_at${ofFiles ? ', file' : ''}
          FROM (${broken.select}) JOIN (VALUES ${values.join(', ')}) AS own(batch, generation, file) USING (batch)`,
      })
      if (!result.alreadyCommitted) return
    }
  } catch (thrown) {
    throw failureOf(thrown, `writing the quarantine of ${dataset.id}`)
  }
}
