import type { DuckDBConnection } from '@duckdb/node-api'
import { follow } from './log/follow.ts'
import { keepsCommitTime } from './log/in-commit-time.ts'
import { commitTimes, listLog, loadState } from './log/log.ts'
import type { CompleteState } from './log/replay.ts'
import type { LogListing } from './log/segment.ts'
import { withLiveTransactions } from './log/transactions.ts'
import { checkReadable } from './protocol/readable.ts'
import type { FileColumns } from './read/scan.ts'
import { type ScanContext, type Snapshot, snapshotOf } from './read/snapshot.ts'
import { parseSchema } from './schema/schema.ts'
import { describe, fileLiteral } from './sql.ts'
import type { LogStore } from './store/store.ts'

/** What all operations on one open table share. */
export interface TableContext extends ScanContext {
  readonly connection: DuckDBConnection
  readonly store: LogStore
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Called when a checkpoint could not be written. The commit before it is not affected. */
  readonly onWarning: (error: unknown) => void
  /** The newest state that was read. `refresh` reads on from it. */
  latest: CompleteState | undefined
}

export function createContext(
  connection: DuckDBConnection,
  store: LogStore,
  now: () => number,
  onWarning: (error: unknown) => void,
): TableContext {
  const known = new Map<string, FileColumns>()
  return {
    root: store.root,
    connection,
    store,
    now,
    onWarning,
    latest: undefined,
    async columnsOf(path) {
      const cached = known.get(path)
      if (cached !== undefined) return cached
      const columns = await describe(connection, `SELECT * FROM read_parquet([${fileLiteral(path)}], hive_partitioning=false)`)
      if (known.size >= 1000) known.clear()
      known.set(path, columns)
      return columns
    },
  }
}

/** The newest state. Reads only the commits that it has not read before. */
export async function refresh(context: TableContext, listing?: LogListing): Promise<CompleteState> {
  const followed = listing === undefined && context.latest !== undefined ? await follow(context.store, context.latest) : undefined
  const state =
    followed ?? (await loadState(context.connection, context.store, listing ?? (await listLog(context.store)), undefined, context.latest))
  if (context.latest === undefined || context.latest.version < state.version) context.latest = state
  return withLiveTransactions(state, context.now())
}

export async function openSnapshot(context: TableContext, state: CompleteState): Promise<Snapshot> {
  const schema = parseSchema(state.metadata.schemaString)
  checkReadable(state.protocol, state.metadata, schema)
  const [time] = await commitTimes(context.store, [state.version], keepsCommitTime(state.metadata))
  return snapshotOf(withLiveTransactions(state, context.now()), time?.timestampMs ?? 0, context)
}
