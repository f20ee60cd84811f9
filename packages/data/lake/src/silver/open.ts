import { type Column, createTable, DeltaError, type DeltaTable, openTable, tableExists } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'

/** Tables opened on a connection: one that looks, reads and writes then reads the log's checkpoint once. Each use sees the newest commits. */
const opened = new WeakMap<DuckConnection, Map<string, DeltaTable>>()

/** The table in a folder, `undefined` when there is none. */
export async function openExisting(connection: DuckConnection, folder: string): Promise<DeltaTable | undefined> {
  const known = opened.get(connection)?.get(folder)
  if (known !== undefined) return known
  return (await tableExists(folder)) ? remember(connection, folder, await openTable(folder, { connection: connection.raw })) : undefined
}

/** Opens the table, or creates it; of two that create at once one opens the other's. */
export async function openOrCreate(
  connection: DuckConnection,
  folder: string,
  columns: readonly Column[],
  partitionBy: readonly string[] | undefined,
): Promise<DeltaTable> {
  const existing = await openExisting(connection, folder)
  if (existing !== undefined) return existing
  const options = { connection: connection.raw }
  try {
    const table = await createTable(folder, { ...options, columns, ...(partitionBy === undefined ? {} : { partitionBy }) })
    return remember(connection, folder, table)
  } catch (thrown) {
    if (thrown instanceof DeltaError && thrown.code === 'table.exists')
      return remember(connection, folder, await openTable(folder, options))
    throw thrown
  }
}

function remember(connection: DuckConnection, folder: string, table: DeltaTable): DeltaTable {
  const tables = opened.get(connection) ?? new Map<string, DeltaTable>()
  opened.set(connection, tables.set(folder, table))
  return table
}
