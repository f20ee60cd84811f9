import { basename } from 'node:path'
import { inputErrors, type SinkReceipt } from '@sluice/core'
import { type DuckConnection, fileList } from '@sluice/duckdb'
import { type LakeDataset, layerPath, layerStore, locationOf } from '../dataset.ts'
import { parseStored, receiptOf } from '../receipt.ts'

/** The key under which a bronze file carries its receipt (Parquet's own key-value metadata). */
export const receiptKey = 'sluice_receipt'

/** Receipts of landed files of the layer, from the files alone; all are replays. @throws `input.invalid` for a file without one. */
export async function readReceipts(
  connect: () => Promise<DuckConnection>,
  dataset: LakeDataset,
  paths: readonly string[],
): Promise<readonly SinkReceipt[]> {
  if (paths.length === 0) return []
  const connection = await connect()
  try {
    const store = layerStore(dataset)
    await using footers = await dataset.storage.footers(layerPath(dataset), paths)
    const { files } = footers
    const rows = await connection.rows<{ file_name: string; receipt: string }>(
      `SELECT file_name, decode(value) AS receipt FROM parquet_kv_metadata(${fileList(files)}) WHERE decode(key) = '${receiptKey}'`,
    )
    const byFile = new Map(rows.map((row) => [row.file_name, row.receipt]))
    return await Promise.all(
      paths.map(async (path, index) =>
        oneReceipt(locationOf(dataset, path), byFile.get(files[index] ?? ''), (await store.stat(path))?.size ?? 0),
      ),
    )
  } finally {
    connection.close()
  }
}

export async function readReceipt(connect: () => Promise<DuckConnection>, dataset: LakeDataset, path: string): Promise<SinkReceipt> {
  const [receipt] = await readReceipts(connect, dataset, [path])
  return receipt ?? missingReceipt(locationOf(dataset, path))
}

function oneReceipt(path: string, text: string | undefined, bytes: number): SinkReceipt {
  const stored = text === undefined ? undefined : parseStored(JSON.parse(text))
  return stored === undefined ? missingReceipt(path) : receiptOf(stored, { version: basename(path), bytes }, true)
}

export function missingReceipt(path: string): never {
  throw inputErrors.invalid(`${path} carries no receipt`, {
    facts: { path },
    next: 'It was not landed by this platform: move it out of the dataset, or land it with a task.',
  })
}
