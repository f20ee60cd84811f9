import { type Attempt, type DatabaseConnection, type Pull, type Pulled, type SqlSource, writeOf, written } from '@sluice/author'
import type { Lake } from '@sluice/lake'
import { pullRows } from './pull-rows.ts'

export interface PullOfRows {
  readonly pull: Pull & { readonly from: SqlSource }
  readonly attempt: Attempt
  readonly lake: Lake
  readonly database: DatabaseConnection
}

/** The step: one batch a run. */
export async function pullOfRows({ pull, attempt, lake, database }: PullOfRows): Promise<Pulled> {
  const write = writeOf(attempt, 'lake', pull.into.name)
  const receipt = await pullRows({ pull, write, database, lake, log: attempt.log, signal: attempt.signal })
  written(attempt, 'lake', receipt)
  const { rowsIn, rowsWritten, rowsQuarantined } = receipt
  return { batches: 1, rowsIn, rowsWritten, rowsQuarantined }
}
