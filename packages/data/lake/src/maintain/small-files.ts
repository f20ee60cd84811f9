import type { SmallFiles } from '@sluice/author'
import type { AddFile } from '@sluice/delta'

/** One partition that shall be written together. */
export interface TidyPartition {
  readonly values: Readonly<Record<string, string | null>>
  readonly reason: string
  /** That will be written again. */
  readonly bytes: number
}

/** Partitions that need it, the worst first, as many as the budget allows; the first always, so that a large one has its turn. Pure. */
export function planTidy(files: readonly AddFile[], rules: Required<SmallFiles>): readonly TidyPartition[] {
  const partitions = Map.groupBy(files, ({ partitionValues }) => JSON.stringify(Object.entries(partitionValues).sort()))
  const needy: (TidyPartition & { readonly weight: number })[] = []
  for (const group of partitions.values()) {
    const small = group.filter(({ size }) => size < rules.smallBytes)
    const marked = group.filter(({ deletionVector }) => deletionVector !== undefined)
    const deleted = marked.reduce((sum, file) => sum + (file.deletionVector?.cardinality ?? 0), 0)
    const share = deleted === 0 ? 0 : deleted / Math.max(deleted, rowsOf(group))
    if (small.length <= rules.files && share <= rules.deletedShare) continue
    needy.push({
      values: group[0]?.partitionValues ?? {},
      reason: small.length > rules.files ? `${small.length} small files` : `${Math.round(share * 100)} % of the rows deleted`,
      bytes: new Set([...small, ...marked]).values().reduce((sum, { size }) => sum + size, 0),
      weight: Math.max(small.length / rules.files, share / rules.deletedShare),
    })
  }
  needy.sort((a, b) => b.weight - a.weight)
  let left = rules.budgetBytes
  return needy.filter(({ bytes }, index) => {
    left -= bytes
    return index === 0 || left >= 0
  })
}

/** By the statistics; a file of another writer may have none. */
function rowsOf(files: readonly AddFile[]): number {
  return files.reduce((sum, { stats }) => {
    const rows = typeof stats === 'string' ? (JSON.parse(stats) as { numRecords?: unknown }).numRecords : undefined
    return sum + (typeof rows === 'number' ? rows : 0)
  }, 0)
}
