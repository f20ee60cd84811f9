import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import type { WrittenReceipt } from '../receipt.ts'
import { hasRows, openBatchRows } from './batch-rows.ts'
import { batchColumn } from './delta-columns.ts'
import { openExisting } from './open.ts'
import { receiptsOf } from './receipts.ts'

/** A batch as a table holds it. */
export interface StandingBatch {
  readonly batch: string
  /** Its rows that are there, also those that another row stands in for. */
  readonly rows: number
  /** The newest one. */
  readonly receipt: WrittenReceipt
}

/** A table as it stands: what it is made anew from. */
export interface Standing {
  /** The newest version. */
  readonly version: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: number
  /** Those that have rows, in the order in which they first came. */
  readonly batches: readonly StandingBatch[]
  /** Rows that no batch with a receipt has brought, such as those of a restored export. */
  readonly strangers: number
}

/** `undefined` where there is no table. */
export async function standingOf(connection: DuckConnection, dataset: LakeDataset): Promise<Standing | undefined> {
  const table = await openExisting(connection, tableStore(dataset))
  if (table === undefined) return undefined
  const beside = await openBatchRows(connection, dataset)
  const shown = await table.snapshot()
  const rows = beside !== undefined && (await hasRows(beside)) ? await beside.snapshot() : shown
  const batch = quoteIdentifier(batchColumn)
  const found = await connection.rows<{ batch: string | null; n: number }>(
    `SELECT ${batch} AS batch, count(*) AS n FROM (${await rows.scanSql()}) GROUP BY ALL`,
  )
  const counts = new Map(found.map((each) => [each.batch, each.n]))
  // A map keeps the place of the first receipt of a batch, and the value of the last.
  const receipts = new Map((await receiptsOf(table)).map((receipt) => [receipt.batch, receipt]))
  const batches = [...receipts.values()].flatMap((receipt): StandingBatch[] => {
    const of = counts.get(receipt.batch)
    return of === undefined ? [] : [{ batch: receipt.batch, rows: of, receipt }]
  })
  const total = found.reduce((sum, { n }) => sum + n, 0)
  return {
    version: shown.version,
    columns: shown.schema.fields
      .filter(({ name }) => name !== batchColumn)
      .map(({ name, type }) => ({ name, type: typeof type === 'string' ? type : type.type })),
    rows: shown.numRecords ?? total,
    batches,
    strangers: total - batches.reduce((sum, each) => sum + each.rows, 0),
  }
}
