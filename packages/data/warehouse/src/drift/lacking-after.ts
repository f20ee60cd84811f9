import type { AnyDataset, ForeignKey } from '@sluice/author'
import { type Migration, type Pool, runsWithoutTransaction } from '@sluice/postgres'
import { carryOutRenames, lackingBehind } from './carry-out-renames.ts'
import { lackingWithin } from './check-drift.ts'
import { keepingWhatItMakes } from './migrated.ts'
import type { Lacking } from './migration-to-write.ts'
import type { NewName } from './renames.ts'
import { withViewsAside } from './views-aside.ts'

/** Ends the transaction that made it, so that nothing of it stays. */
class TakenBack extends Error {
  readonly lacking: Lacking | undefined
  constructor(lacking: Lacking | undefined) {
    super('taken back')
    this.lacking = lacking
  }
}

/**
 * What a database will lack once the migrations that wait are applied: they are, in a transaction that is taken back. `undefined` where
 * that cannot be told: one of them runs outside of a transaction, fails, or meets a lock. Who applies them is told why.
 *
 * @param options with new names, which the tables are given behind the migrations
 */
export async function lackingAfter(
  pool: Pool,
  waiting: readonly Migration[],
  tables: readonly AnyDataset[],
  keys: readonly ForeignKey[],
  { renames = [], ...options }: { readonly renames?: readonly NewName[]; readonly allowLoss?: boolean } = {},
): Promise<Lacking | undefined> {
  if (waiting.some(({ up }) => runsWithoutTransaction(up))) return undefined
  try {
    return await pool.transaction<Lacking>(async (tx) => {
      await tx.query("set local lock_timeout = '2s'")
      // A warehouse that nobody has started yet has none.
      await tx.query('create table if not exists public.sluice_catalogue (table_name text not null, object text not null)')
      for (const { up } of waiting) {
        await withViewsAside(tx, () => keepingWhatItMakes(tx, async () => void (await tx.query(up)))).catch(() => {
          throw new TakenBack(undefined)
        })
      }
      await carryOutRenames(tx, renames, tables)
      throw new TakenBack(lackingBehind(renames, await lackingWithin(tx, tables, keys, options)))
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.lacking
    throw error
  }
}
