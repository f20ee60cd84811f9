import { basename } from 'node:path'
import type { SinkReceipt } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { readReceipts } from '../bronze/read-receipt.ts'
import { buriedFiles, buriedReceipt } from '../bronze/tombstone.ts'
import { type LakeDataset, layerStore, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import { exportsOf, manifestOf } from '../gold/list.ts'
import { receiptIn } from '../gold/write.ts'
import { openExisting } from '../silver/open.ts'
import { rebuildField, receiptsIn, receiptsOf } from '../silver/receipts.ts'
import { isLanded, scanDataset } from './scan.ts'

export interface LakeVersion {
  /** Bronze: file name. Tables: Delta version. A commit of several batches names none of them and tells their sums. */
  readonly version: string
  /** Epoch milliseconds. */
  readonly writtenAt: number
  readonly operation: string
  readonly batch: string | null
  readonly generation: number | null
  readonly rowsWritten: number | null
  readonly rowsQuarantined: number | null
  readonly bytes: number | null
}

/** What was written to a dataset, newest first. @throws `lake.dataset_unknown` */
export async function datasetHistory(
  connection: DuckConnection,
  dataset: LakeDataset,
  connect: () => Promise<DuckConnection>,
): Promise<readonly LakeVersion[]> {
  await scanDataset(connection, dataset)
  if (dataset.layer === 'bronze') return (await bronzeReceipts(dataset, connect)).toReversed().map((receipt) => versionOf(receipt, 'LAND'))
  const exported = await exportReceipts(dataset)
  if (exported.length > 0) return exported.toReversed().map((receipt) => versionOf(receipt, 'EXPORT'))
  try {
    const table = await openExisting(connection, tableStore(dataset))
    return await Array.fromAsync(table?.commits() ?? [], (entry) => {
      const receipts = receiptsIn(entry)
      const [receipt] = receipts
      const operation = rebuildField in entry.commitInfo ? 'REBUILD' : (entry.operation ?? 'UNKNOWN')
      if (receipt !== undefined && receipts.length === 1) return { ...versionOf(receipt, operation), writtenAt: entry.timestampMs }
      const sum = (of: (each: SinkReceipt) => number): number | null =>
        receipts.length === 0 ? null : receipts.reduce((all, each) => all + of(each), 0)
      return {
        version: String(entry.version),
        writtenAt: entry.timestampMs,
        operation,
        batch: null,
        generation: null,
        rowsWritten: sum(({ rowsWritten }) => rowsWritten),
        rowsQuarantined: sum(({ rowsQuarantined }) => rowsQuarantined),
        bytes: sum(({ bytes }) => bytes),
      }
    })
  } catch (thrown) {
    throw failureOf(thrown, `reading the history of ${dataset.id}`)
  }
}

/** Receipts of one dataset from the sink alone, oldest first: what the ledger is rebuilt from. A quarantine table has none of its own. */
export async function datasetReceipts(
  connection: DuckConnection,
  dataset: LakeDataset,
  connect: () => Promise<DuckConnection>,
): Promise<readonly SinkReceipt[]> {
  if (dataset.layer === 'bronze') return await bronzeReceipts(dataset, connect)
  const table = await openExisting(connection, tableStore(dataset))
  return table === undefined ? await exportReceipts(dataset) : await receiptsOf(table)
}

async function exportReceipts(dataset: LakeDataset): Promise<readonly SinkReceipt[]> {
  const all = dataset.layer === 'gold' ? await exportsOf(dataset) : []
  const receipts = all.map(async (each) => {
    const manifest = await manifestOf(each)
    return manifest === undefined ? [] : [receiptIn(manifest, each.version, true)]
  })
  return (await Promise.all(receipts)).flat()
}

/** Every landed file, superseded fetches included; files that are not named as ours are not receipts. */
async function bronzeReceipts(dataset: LakeDataset, connect: () => Promise<DuckConnection>): Promise<readonly SinkReceipt[]> {
  const landed = (await layerStore(dataset).walk(dataset.name)).filter(({ path }) => isLanded(path))
  const order = new Map(landed.map(({ path, modifiedMs }) => [basename(path), modifiedMs]))
  const buried = await Promise.all((await buriedFiles(dataset)).map((name) => buriedReceipt(dataset, name)))
  const receipts = [
    ...buried.filter(({ version }) => !order.has(version)),
    ...(await readReceipts(
      connect,
      dataset,
      landed.map(({ path }) => path),
    )),
  ]
  // Some stores tell whole seconds.
  const written = ({ version }: SinkReceipt): number => order.get(version) ?? 0
  return [...receipts].sort((a, b) => written(a) - written(b) || a.writtenAt - b.writtenAt || (a.version < b.version ? -1 : 1))
}

const versionOf = (receipt: SinkReceipt, operation: string): LakeVersion => ({
  version: receipt.version,
  writtenAt: receipt.writtenAt,
  operation,
  batch: receipt.batch,
  generation: receipt.generation,
  rowsWritten: receipt.rowsWritten,
  rowsQuarantined: receipt.rowsQuarantined,
  bytes: receipt.bytes,
})
