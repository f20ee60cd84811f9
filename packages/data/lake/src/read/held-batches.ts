import type { DuckConnection } from '@sluice/duckdb'
import { datasetPath, type LakeDataset, tableStore } from '../dataset.ts'
import { openExisting } from '../silver/open.ts'
import { receiptsOf } from '../silver/receipts.ts'
import { countedFiles, isLanded } from './scan.ts'

/**
 * The batches of a dataset that can be read again as a whole: bodies that retention has not taken, and batches of tables, unless retention
 * has deleted rows of their time.
 */
export async function heldBatches(connection: DuckConnection, dataset: LakeDataset): Promise<ReadonlySet<string>> {
  if (dataset.layer === 'bronze') {
    const paths = (await dataset.storage.files(datasetPath(dataset))).map((path) => `${dataset.name}/${path}`).filter(isLanded)
    return new Set(countedFiles(dataset, paths).map(({ batch }) => batch))
  }
  const table = await openExisting(connection, tableStore(dataset))
  if (table === undefined) return new Set()
  let before = 0
  for await (const { commitInfo } of table.commits()) before = Math.max(before, deletedBefore(commitInfo.sluiceRetention))
  return new Set((await receiptsOf(table)).filter(({ logicalTime }) => logicalTime >= before).map(({ batch }) => batch))
}

function deletedBefore(retention: unknown): number {
  const before = typeof retention === 'object' && retention !== null && 'before' in retention ? retention.before : undefined
  return typeof before === 'string' ? Date.parse(before) : 0
}
