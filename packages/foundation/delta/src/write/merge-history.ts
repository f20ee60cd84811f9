import type { DuckDBConnection } from '@duckdb/node-api'
import { queryRows } from '../sql.ts'
import { bytesOf, vectorMetrics } from './change.ts'
import type { Clause, MergePlan } from './merge-plan.ts'
import type { MergeOptions } from './request.ts'
import type { ChangedRows } from './row-change.ts'

export interface MergeCounts {
  readonly matchedUpdated: number
  readonly matchedDeleted: number
  readonly bySourceUpdated: number
  readonly bySourceDeleted: number
  readonly updatedRows: number
  readonly deletedRows: number
}

/** Counts the rows of the table that each kind of clause changes. `rows` is a relation with a column `$clause`. */
export async function countsOf(connection: DuckDBConnection, { matched, bySource }: MergePlan, rows: string): Promise<MergeCounts> {
  const counts = await queryRows(connection, `SELECT "$clause" AS clause, count(*) AS n FROM ${rows} GROUP BY 1`)
  const sum = (wanted: (clause: Clause, index: number) => boolean) =>
    [...matched, ...bySource].reduce((total, clause, index) => {
      const found = counts.find((count) => Number(count.clause) === index)
      return wanted(clause, index) ? total + Number(found?.n ?? 0) : total
    }, 0)
  const isMatched = (index: number) => index < matched.length
  const matchedUpdated = sum(({ values }, index) => isMatched(index) && values !== undefined)
  const matchedDeleted = sum(({ values }, index) => isMatched(index) && values === undefined)
  const bySourceUpdated = sum(({ values }, index) => !isMatched(index) && values !== undefined)
  const bySourceDeleted = sum(({ values }, index) => !isMatched(index) && values === undefined)
  return {
    matchedUpdated,
    matchedDeleted,
    bySourceUpdated,
    bySourceDeleted,
    updatedRows: matchedUpdated + bySourceUpdated,
    deletedRows: matchedDeleted + bySourceDeleted,
  }
}

/** `operationParameters` as Spark writes them for MERGE. */
export function mergeParameters({ on }: MergeOptions, { matched, inserts, bySource }: MergePlan): Record<string, string> {
  const list = (clauses: readonly Clause[], full: 'update' | 'insert') =>
    JSON.stringify(
      clauses.map(({ text, values }) => ({
        ...(text === undefined ? {} : { predicate: text }),
        actionType: values === undefined ? 'delete' : full,
      })),
    )
  return {
    predicate: JSON.stringify([on]),
    matchedPredicates: list(matched, 'update'),
    notMatchedPredicates: list(inserts, 'insert'),
    notMatchedBySourcePredicates: list(bySource, 'update'),
  }
}

/** `operationMetrics` as Spark writes them for MERGE. */
export function mergeMetrics(
  changed: ChangedRows,
  counts: MergeCounts & { readonly insertedRows: number; readonly sourceRows: number },
): Record<string, string> {
  const { addedFiles, removedFiles, changeFiles, copiedRows, freshRows } = changed
  const metrics = {
    numSourceRows: counts.sourceRows,
    numTargetRowsInserted: counts.insertedRows,
    numTargetRowsUpdated: counts.updatedRows,
    numTargetRowsDeleted: counts.deletedRows,
    numTargetRowsMatchedUpdated: counts.matchedUpdated,
    numTargetRowsMatchedDeleted: counts.matchedDeleted,
    numTargetRowsNotMatchedBySourceUpdated: counts.bySourceUpdated,
    numTargetRowsNotMatchedBySourceDeleted: counts.bySourceDeleted,
    numTargetRowsCopied: copiedRows,
    numOutputRows: freshRows + copiedRows,
    numTargetFilesAdded: addedFiles.length,
    numTargetFilesRemoved: removedFiles.length,
    numTargetBytesAdded: bytesOf(addedFiles),
    numTargetBytesRemoved: bytesOf(removedFiles),
    numTargetChangeFilesAdded: changeFiles.length,
  }
  return {
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)])),
    ...vectorMetrics('numTarget', changed),
  }
}
