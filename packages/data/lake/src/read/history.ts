import { basename } from 'node:path'
import type { DuckConnection } from '@sluice/duckdb'
import { readReceipts } from '../bronze/read-receipt.ts'
import { buriedFiles, buriedReceipt } from '../bronze/tombstone.ts'
import { failureOf } from '../failure.ts'
import { exportsOf, manifestOf } from '../gold/list.ts'
import { receiptIn } from '../gold/write.ts'
import { type Place, tableOf, zoneOf } from '../paths.ts'
import type { LakeReceipt } from '../receipt.ts'
import { openExisting } from '../silver/open.ts'
import { receiptIn as receiptOfCommit, receiptsOf } from '../silver/receipts.ts'
import { isLanded, scanDataset } from './scan.ts'

export interface LakeVersion {
  /** Bronze: file name. Tables: Delta version. */
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
  place: Place,
  connect: () => Promise<DuckConnection>,
): Promise<readonly LakeVersion[]> {
  await scanDataset(connection, place)
  if (place.layer === 'bronze') return (await bronzeReceipts(place, connect)).toReversed().map((receipt) => versionOf(receipt, 'LAND'))
  const exported = await exportReceipts(place)
  if (exported.length > 0) return exported.toReversed().map((receipt) => versionOf(receipt, 'EXPORT'))
  try {
    const entries = (await (await openExisting(connection, tableOf(place)))?.history()) ?? []
    return entries.map((entry) => {
      const receipt = receiptOfCommit(entry)
      const operation = entry.operation ?? 'UNKNOWN'
      if (receipt !== undefined) return { ...versionOf(receipt, operation), writtenAt: entry.timestampMs }
      const [rowsWritten, rowsQuarantined, batch, generation, bytes] = [null, null, null, null, null]
      return {
        version: String(entry.version),
        writtenAt: entry.timestampMs,
        operation,
        batch,
        generation,
        rowsWritten,
        rowsQuarantined,
        bytes,
      }
    })
  } catch (thrown) {
    throw failureOf(thrown, `reading the history of ${place.dataset}`)
  }
}

/** Receipts of one dataset from the sink alone, oldest first: what the ledger is rebuilt from. A quarantine table has none of its own. */
export async function datasetReceipts(
  connection: DuckConnection,
  place: Place,
  connect: () => Promise<DuckConnection>,
): Promise<readonly LakeReceipt[]> {
  if (place.layer === 'bronze') return await bronzeReceipts(place, connect)
  const table = await openExisting(connection, tableOf(place))
  return table === undefined ? await exportReceipts(place) : await receiptsOf(table)
}

async function exportReceipts(place: Place): Promise<readonly LakeReceipt[]> {
  const all = place.layer === 'gold' ? await exportsOf(place) : []
  const receipts = all.map(async (each) => {
    const manifest = await manifestOf(each)
    return manifest === undefined ? [] : [receiptIn(manifest, each.version, true)]
  })
  return (await Promise.all(receipts)).flat()
}

/** Every landed file, superseded fetches included; files that are not named as ours are not receipts. */
async function bronzeReceipts(place: Place, connect: () => Promise<DuckConnection>): Promise<readonly LakeReceipt[]> {
  const landed = (await zoneOf(place).walk(place.name)).filter(({ path }) => isLanded(path))
  const order = new Map(landed.map(({ path, modifiedMs }) => [basename(path), modifiedMs]))
  const buried = await Promise.all((await buriedFiles(place)).map((name) => buriedReceipt(place, name)))
  const receipts = [
    ...buried.filter(({ version }) => !order.has(version)),
    ...(await readReceipts(
      connect,
      place,
      landed.map(({ path }) => path),
    )),
  ]
  // Some stores tell whole seconds.
  const written = ({ version }: LakeReceipt): number => order.get(version) ?? 0
  return [...receipts].sort((a, b) => written(a) - written(b) || a.writtenAt - b.writtenAt || (a.version < b.version ? -1 : 1))
}

const versionOf = (receipt: LakeReceipt, operation: string): LakeVersion => ({
  version: receipt.version,
  writtenAt: receipt.writtenAt,
  operation,
  batch: receipt.batch,
  generation: receipt.generation,
  rowsWritten: receipt.rowsWritten,
  rowsQuarantined: receipt.rowsQuarantined,
  bytes: receipt.bytes,
})
