import { type Column, createTable, DeltaError, type DeltaTable, openTable, tableExists } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'

/** Tables opened on a connection: one that looks, reads and writes then reads the log's checkpoint once. Each use sees the newest commits. */
const opened = new WeakMap<DuckConnection, Map<string, DeltaTable>>()

/** The table in a folder, `undefined` when there is none. */
export async function openExisting(connection: DuckConnection, folder: string, now?: () => number): Promise<DeltaTable | undefined> {
  const known = opened.get(connection)?.get(folder)
  if (known !== undefined) return known
  return (await tableExists(folder))
    ? remember(connection, folder, await openTable(folder, { connection: connection.raw, ...(now === undefined ? {} : { now }) }))
    : undefined
}

/** Opens the table, or creates it; of two that create at once one opens the other's. */
export async function openOrCreate(
  connection: DuckConnection,
  folder: string,
  columns: readonly Column[],
  partitionBy: readonly string[] | undefined,
  now?: () => number,
): Promise<DeltaTable> {
  const existing = await openExisting(connection, folder, now)
  if (existing !== undefined) return await keepReceipts(existing)
  const options = { connection: connection.raw, ...(now === undefined ? {} : { now }) }
  try {
    const table = await createTable(folder, {
      ...options,
      properties: keptForEver,
      columns,
      ...(partitionBy === undefined ? {} : { partitionBy }),
    })
    return remember(connection, folder, table)
  } catch (thrown) {
    if (thrown instanceof DeltaError && thrown.code === 'table.exists')
      return remember(connection, folder, await openTable(folder, options))
    throw thrown
  }
}

const cleanup = 'delta.enableExpiredLogCleanup'
/** Receipts live in commits and replays are known by their transactions: neither may be cleaned up, by whatever engine writes the table. */
const keptForEver = { [cleanup]: 'false' }
const checked = new WeakSet<DeltaTable>()

/** Tables that were made without the property get it before the next row is written. */
async function keepReceipts(table: DeltaTable): Promise<DeltaTable> {
  if (checked.has(table)) return table
  const { properties } = await table.snapshot()
  if (properties[cleanup] !== keptForEver[cleanup]) await table.setProperties(keptForEver)
  checked.add(table)
  return table
}

function remember(connection: DuckConnection, folder: string, table: DeltaTable): DeltaTable {
  const tables = opened.get(connection) ?? new Map<string, DeltaTable>()
  opened.set(connection, tables.set(folder, table))
  return table
}
