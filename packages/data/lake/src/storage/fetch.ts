import { join } from 'node:path'
import type { Hold, LogStore } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'

const holds = new WeakMap<DuckConnection, Map<LogStore, Hold>>()

/** A connection on which files stay where its statements found them until it is closed. */
export function holding(connection: DuckConnection): DuckConnection {
  const own = new Map<LogStore, Hold>()
  const wrapped: DuckConnection = {
    ...connection,
    close() {
      connection.close()
      for (const hold of own.values()) hold[Symbol.dispose]()
      own.clear()
    },
  }
  holds.set(wrapped, own)
  return wrapped
}

/**
 * From here on nothing that is fetched from the store for the connection goes. On a connection of another's making it stays for the store's
 * time.
 */
export function holdFor(connection: DuckConnection, store: LogStore): void {
  const own = holds.get(connection)
  if (own !== undefined && !own.has(store)) own.set(store, store.hold())
}

/** Brings files of a store to where DuckDB can read them; their absolute paths. */
export async function fetched(connection: DuckConnection, store: LogStore, paths: readonly string[]): Promise<readonly string[]> {
  holdFor(connection, store)
  await store.fetch(paths)
  return paths.map((path) => join(store.root, path))
}
