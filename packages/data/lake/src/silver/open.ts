import { type Column, createTable, DeltaError, type DeltaTable, type LogStore, openTable, tableExists } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'
import { propertiesFor } from './fit-table.ts'

/**
 * Tables opened on a connection: one that looks, reads and writes then reads the log's checkpoint once. Each use sees the newest commits.
 */
const opened = new WeakMap<DuckConnection, Map<LogStore, DeltaTable>>()

/** The table in a store, `undefined` when there is none. */
export async function openExisting(connection: DuckConnection, store: LogStore, now?: () => number): Promise<DeltaTable | undefined> {
  const known = opened.get(connection)?.get(store)
  if (known !== undefined) return known
  return (await tableExists(store))
    ? remember(connection, store, await openTable(store, { connection: connection.raw, ...(now === undefined ? {} : { now }) }))
    : undefined
}

/** Opens the table, or creates it; of two that create at once one opens the other's. */
export async function openOrCreate(
  connection: DuckConnection,
  store: LogStore,
  columns: readonly Column[],
  partitionBy: readonly string[] | undefined,
  now?: () => number,
): Promise<DeltaTable> {
  const existing = await openExisting(connection, store, now)
  if (existing !== undefined) return await keepReceipts(existing)
  const options = { connection: connection.raw, ...(now === undefined ? {} : { now }) }
  try {
    const table = await createTable(store, {
      ...options,
      properties: { ...keptForEver, ...propertiesFor(columns) },
      columns,
      ...(partitionBy === undefined ? {} : { partitionBy }),
    })
    return remember(connection, store, table)
  } catch (thrown) {
    if (thrown instanceof DeltaError && thrown.code === 'table.exists') return remember(connection, store, await openTable(store, options))
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

function remember(connection: DuckConnection, store: LogStore, table: DeltaTable): DeltaTable {
  const tables = opened.get(connection) ?? new Map<LogStore, DeltaTable>()
  opened.set(connection, tables.set(store, table))
  return table
}
