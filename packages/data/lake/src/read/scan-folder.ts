import { openTable } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'
import { failureOf } from '../failure.ts'
import { limited } from './limited.ts'

/** A SELECT over any Delta table by its folder, whoever wrote it. @throws `lake.dataset_unknown` when there is no such table or version. */
export async function scanFolder(
  connection: DuckConnection,
  folder: string,
  options: { readonly version?: number; readonly columns?: readonly string[]; readonly limit?: number } = {},
): Promise<string> {
  try {
    const table = await openTable(folder, { connection: connection.raw })
    const snapshot = await table.snapshot(options.version === undefined ? {} : { version: options.version })
    const scan = await snapshot.scanSql(options.columns === undefined ? {} : { columns: options.columns })
    return limited(scan, options.limit)
  } catch (thrown) {
    throw failureOf(thrown, `reading ${folder}`)
  }
}
