import { type AnyDataset, exportFormats } from '@sluice/author'
import { type Instant, type Json, parseDatasetId, type Receipt } from '@sluice/core'
import type { Lake, ScanOptions } from '@sluice/lake'

/** The first rows of a batch, as a query of the lake shows them. */
export interface FirstRows {
  readonly dataset: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly Json[])[]
}

const most = 10

/** Of what was written to tables and exports just now. Bodies, and files as they are, have no rows to look at. */
export async function firstRowsOf(
  lake: Lake,
  {
    receipts,
    fills,
    logicalTime,
  }: { readonly receipts: readonly Receipt[]; readonly fills: readonly AnyDataset[]; readonly logicalTime: Instant },
): Promise<readonly FirstRows[]> {
  const { batchColumn } = await import('@sluice/lake')
  const found: FirstRows[] = []
  const connection = await lake.connect()
  try {
    for (const receipt of receipts) {
      const { store, layer, name } = parseDatasetId(receipt.dataset)
      const dataset = fills.find(({ id }) => id === `${store}.${layer}.${name}`)
      const options =
        dataset === undefined || receipt.status !== 'written' || receipt.replayed ? undefined : readBy(dataset, receipt, logicalTime)
      if (options === undefined) continue
      const select = `SELECT * FROM (${await lake.scan(connection, receipt.dataset, options)}) LIMIT ${most}`
      const columns = (await connection.columns(select))
        .filter(({ name }) => name !== batchColumn)
        .map(({ name, type }) => ({ name, type: type.toLowerCase() }))
      const rows = await connection.rows(select)
      found.push({ dataset: receipt.dataset, columns, rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)) })
    }
  } finally {
    connection.close()
  }
  return found
}

/** By its batch a table gives all rows that it brought, also those that another row stands in for. */
function readBy({ facts }: AnyDataset, { batch }: Receipt, logicalTime: Instant): ScanOptions | undefined {
  if (facts.bodies !== undefined) return undefined
  if (facts.files === undefined) return { batches: [batch] }
  return exportFormats.some((format) => format === facts.files) ? { timestamp: logicalTime } : undefined
}
