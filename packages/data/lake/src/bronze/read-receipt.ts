import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { SluiceError } from '@sluice/core'
import { type DuckConnection, fileList } from '@sluice/duckdb'
import { type LakeReceipt, parseStored, receiptOf } from '../receipt.ts'

/** The key under which a bronze file carries its receipt (Parquet's own key-value metadata). */
export const receiptKey = 'sluice_receipt'

/** Receipts of landed files, from the files alone; all are replays. @throws `input.invalid` for a file without one. */
export async function readReceipts(connect: () => Promise<DuckConnection>, paths: readonly string[]): Promise<readonly LakeReceipt[]> {
  if (paths.length === 0) return []
  const connection = await connect()
  try {
    const rows = await connection.rows<{ file_name: string; receipt: string }>(
      `SELECT file_name, decode(value) AS receipt FROM parquet_kv_metadata(${fileList(paths)}) WHERE decode(key) = '${receiptKey}'`,
    )
    const byFile = new Map(rows.map((row) => [row.file_name, row.receipt]))
    return await Promise.all(paths.map(async (path) => oneReceipt(path, byFile.get(path), (await stat(path)).size)))
  } finally {
    connection.close()
  }
}

export async function readReceipt(connect: () => Promise<DuckConnection>, path: string): Promise<LakeReceipt> {
  const [receipt] = await readReceipts(connect, [path])
  return receipt ?? missingReceipt(path)
}

function oneReceipt(path: string, text: string | undefined, bytes: number): LakeReceipt {
  const stored = text === undefined ? undefined : parseStored(JSON.parse(text))
  return stored === undefined ? missingReceipt(path) : receiptOf(stored, { version: basename(path), bytes }, true)
}

export function missingReceipt(path: string): never {
  throw new SluiceError('input.invalid', `${path} carries no receipt`, {
    facts: { path },
    next: 'It was not landed by this platform: move it out of the dataset, or land it with a task.',
  })
}
