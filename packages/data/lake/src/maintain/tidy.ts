import type { SmallFiles } from '@sluice/author'
import type { DeltaTable, OptimizeResult, Predicate } from '@sluice/delta'
import { planTidy, type TidyPartition } from './small-files.ts'

export interface Tidied extends TidyPartition {
  readonly result: OptimizeResult
}

/** Writes the partitions that need it together, one commit each, which changes no row; the history of the table records them. */
export async function tidy(table: DeltaTable, rules: Required<SmallFiles>): Promise<readonly Tidied[]> {
  const { files, partitionColumns } = await table.snapshot()
  const done: Tidied[] = []
  for (const partition of planTidy(files, rules)) {
    const where = partitionColumns.map((column): Predicate => {
      const value = partition.values[column]
      return value === null || value === undefined ? { column, op: 'is null' } : { column, op: '=', value }
    })
    done.push({ ...partition, result: await table.optimize(where.length === 0 ? {} : { where }) })
  }
  return done
}
