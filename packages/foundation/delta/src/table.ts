import { randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Alterations, alterationsOf } from './alter/alter.ts'
import { newMetadata } from './alter/properties.ts'
import { createContext, openSnapshot, refresh, type TableContext } from './context.ts'
import { DeltaError } from './errors.ts'
import { cleanUpLog, type LogCleanupResult } from './log/cleanup.ts'
import { keepsCommitTime, withCommitTime } from './log/in-commit-time.ts'
import { commitTimes, listLog, loadState, versionAt } from './log/log.ts'
import { commitPath, type LogListing, logFolder } from './log/segment.ts'
import { writeCheckpoint } from './log/write-checkpoint.ts'
import { type CommittedTransaction, eachCommit, findTransaction, type HistoryEntry } from './maintain/history.ts'
import { type OptimizeResult, optimize } from './maintain/optimize.ts'
import { type OptimizeOptions, optimizeOptions } from './maintain/optimize-plan.ts'
import { type RestoreResult, restore } from './maintain/restore.ts'
import { type VacuumResult, vacuum } from './maintain/vacuum.ts'
import { type VacuumOptions, vacuumOptions } from './maintain/vacuum-plan.ts'
import { argument, checkArguments, checked, optionalArgument } from './options/call.ts'
import {
  action,
  anyRecord,
  count,
  type Form,
  filledText,
  implementing,
  instant,
  list,
  oneOf,
  optional,
  options,
  record,
  required,
  stated,
  text,
} from './options/form.ts'
import { type CommitInfo, serializeCommit } from './protocol/actions.ts'
import { isMapped } from './protocol/properties.ts'
import { plainProtocol, protocolFor } from './protocol/upgrade.ts'
import { checkWritable } from './protocol/writable.ts'
import { type ChangesOptions, changesOptions, changesSql } from './read/changes.ts'
import type { Snapshot } from './read/snapshot.ts'
import { columns } from './schema/column-form.ts'
import { type Column, checkSchema, parseSchema, schemaOf } from './schema/schema.ts'
import { queryRows } from './sql.ts'
import { localStore } from './store/local.ts'
import { location } from './store/location-form.ts'
import type { LogStore } from './store/store.ts'
import type { ChangeResult } from './write/change.ts'
import { deleteRows } from './write/delete.ts'
import { withRows } from './write/given-rows.ts'
import { mergeRows } from './write/merge.ts'
import type {
  DeleteOptions,
  MergeOptions,
  OverwriteOptions,
  ReplaceBatchesOptions,
  ReplaceBatchOptions,
  RowSource,
  UpdateOptions,
  WriteOptions,
} from './write/request.ts'
import {
  deleteOptions,
  mergeOptions,
  overwriteOptions,
  replaceBatchesOptions,
  replaceBatchOptions,
  updateOptions,
  writeOptions,
} from './write/request-forms.ts'
import { updateRows } from './write/update.ts'
import { type BatchesResult, type CommitResult, write, writeBatches } from './write/write.ts'

export interface OpenOptions {
  /** Does all Parquet work. Its time zone is set to UTC, because the meaning of instants depends on it. */
  readonly connection: DuckDBConnection
  /** Epoch milliseconds; the system's clock by default. */
  readonly now?: () => number
  /** Called when a checkpoint could not be written. The commit before it is not affected. */
  readonly onWarning?: (error: unknown) => void
}

export interface CreateOptions extends OpenOptions {
  readonly columns: readonly Column[]
  readonly partitionBy?: readonly string[]
  /**
   * Table properties (`delta.appendOnly`, `delta.checkpointInterval`, …). A property that needs a feature creates the table with that
   * feature. If the feature is missing here, it is refused by its name.
   */
  readonly properties?: Readonly<Record<string, string>>
  readonly name?: string
  readonly description?: string
  readonly commitInfo?: CommitInfo
}

const target = argument('target', location)
const opened = {
  connection: required(implementing<DuckDBConnection>('a connection of @duckdb/node-api', ['run'])),
  now: optional(action),
  onWarning: optional(action),
} as const
const openOptions = options<OpenOptions>(opened)
const createOptions = options<CreateOptions>({
  ...opened,
  columns: required(columns),
  partitionBy: optional(list(filledText)),
  properties: optional(record(text)),
  name: optional(text),
  description: optional(text),
  commitInfo: optional(anyRecord),
})

interface Point {
  readonly version?: number
  readonly timestamp?: Date | number | string
}
const point = { version: stated(count), timestamp: stated(instant) } as const
const snapshotOptions = options<Point>(point, oneOf(['version', 'timestamp']))
const restorePoint = options<Point>(point, oneOf(['version', 'timestamp'], 1)) as Form<RestorePoint>
const historyOptions = options<{ readonly limit?: number }>({ limit: optional(count) })

export type RestorePoint = { readonly version: number } | { readonly timestamp: Date | number | string }

export interface DeltaTable extends Alterations {
  /** The absolute path of the table's folder. */
  readonly root: string
  /** The newest version, a given version, or the newest version at an instant (a Date, epoch milliseconds or ISO-8601). */
  snapshot(at?: { readonly version?: number; readonly timestamp?: Date | number | string }): Promise<Snapshot>
  /** Adds rows. It depends on no row of the table, so concurrent writes of rows do not conflict with it. */
  append(options: WriteOptions): Promise<CommitResult>
  /** Replaces all rows, or the rows that satisfy `replaceWhere`. */
  overwrite(options: OverwriteOptions): Promise<CommitResult>
  /** In one commit, removes exactly the rows whose column equals the value and adds the rows of the query. */
  replaceBatch(options: ReplaceBatchOptions): Promise<CommitResult>
  /**
   * The same for several batches in one commit, each with a transaction of its own. Nothing is written when the table has one of the
   * transactions: `alreadyCommitted` is true, and `snapshot().txns` says which.
   */
  replaceBatches(options: ReplaceBatchesOptions): Promise<BatchesResult>
  /** Deletes the rows for which a condition is TRUE. */
  delete(options?: DeleteOptions): Promise<ChangeResult>
  /** Gives new values to the rows for which a condition is TRUE. */
  update(options: UpdateOptions): Promise<ChangeResult>
  /** Updates, deletes and inserts rows from a query. */
  merge(options: MergeOptions): Promise<ChangeResult>
  /**
   * Packs small files together and rewrites files with deletion vectors, sorted on request. Changes no row. Commits nothing when there is
   * nothing to do.
   */
  optimize(options?: OptimizeOptions): Promise<OptimizeResult>
  /** Deletes the files that no version within the retention needs. */
  vacuum(options?: VacuumOptions): Promise<VacuumResult>
  /** Commits the rows, schema and properties of an older version as a new version. */
  restore(to: RestorePoint): Promise<RestoreResult>
  /** A SELECT of the rows that changed in a range of versions. The table must keep its change data feed (`delta.enableChangeDataFeed`). */
  changes(range: ChangesOptions): Promise<string>
  /** The commits whose files still exist, newest first. */
  history(options?: { readonly limit?: number }): Promise<HistoryEntry[]>
  /** The same one by one, each read when it is asked for: commits may hold megabytes of `commitInfo`. */
  commits(options?: { readonly limit?: number }): AsyncIterable<HistoryEntry>
  /**
   * The newest commit of an application id. `undefined` when the table has not seen the id, or when the commit was cleaned up. Reads
   * commits backwards until it finds it.
   */
  findTransaction(appId: string): Promise<CommittedTransaction | undefined>
  /**
   * Deletes the log files that only versions older than `delta.logRetentionDuration` need. Every checkpoint does it too, unless
   * `delta.enableExpiredLogCleanup` is false.
   */
  cleanupLog(): Promise<LogCleanupResult>
  /** Writes a checkpoint of the newest version and returns that version. Commits do it every `delta.checkpointInterval` (10) versions. */
  checkpoint(): Promise<number>
}

/**
 * Opens a table in a folder or a store. Throws `table.missing`. A feature that this library does not implement is refused at the first read
 * or write.
 */
export const openTable = checked<[target: string | LogStore, options: OpenOptions], DeltaTable>(
  'openTable',
  [target, argument('options', openOptions)],
  async (where, given) => {
    const context = await contextFor(where, given)
    await refresh(context)
    return tableOf(context)
  },
)

/** Is there a Delta table, whatever its protocol? */
export const tableExists = checked<[target: string | LogStore], boolean>('tableExists', [target], (where) => isTable(storeOf(where)))

async function isTable(store: LogStore): Promise<boolean> {
  const listing = await listLog(store)
  return listing.commits.length + listing.checkpoints.length > 0
}

/**
 * Creates an empty table as version 0, of protocol 1/2 unless a property needs more. Throws `table.exists`, also when another writer
 * creates it first.
 */
export const createTable = checked<[target: string | LogStore, options: CreateOptions], DeltaTable>(
  'createTable',
  [target, argument('options', createOptions)],
  create,
)

async function create(where: string | LogStore, options: CreateOptions): Promise<DeltaTable> {
  const partitionColumns = options.partitionBy ?? []
  const context = await contextFor(where, options)
  const nowMs = context.now()
  const metaData = newMetadata({
    id: randomUUID(),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.description === undefined ? {} : { description: options.description }),
    format: { provider: 'parquet', options: {} },
    schemaString: JSON.stringify(schemaOf(options.columns)),
    partitionColumns,
    configuration: options.properties ?? {},
    createdTime: nowMs,
  })
  const schema = parseSchema(metaData.schemaString)
  const protocol = protocolFor(plainProtocol, metaData.configuration, schema)
  checkSchema(schema, partitionColumns, isMapped(metaData))
  checkWritable(protocol, metaData, schema)
  if (await isTable(context.store)) throw exists(context.root)
  await context.store.makeFolder(logFolder)
  const commitInfo = {
    ...options.commitInfo,
    timestamp: nowMs,
    operation: 'CREATE TABLE',
    operationParameters: { partitionBy: JSON.stringify(partitionColumns), properties: JSON.stringify(metaData.configuration) },
    isBlindAppend: true,
    operationMetrics: {},
    engineInfo: 'sluice-delta',
    txnId: randomUUID(),
  }
  const at = { metadata: undefined, version: 0, previousMs: -1, nowMs }
  const actions = withCommitTime([{ commitInfo }, { protocol }, { metaData }], at)
  if (!(await context.store.putIfAbsent(commitPath(0), serializeCommit(actions)))) throw exists(context.root)
  return tableOf(context)
}

function exists(root: string): DeltaError {
  return new DeltaError('table.exists', `There is already a Delta table in ${root}.`, 'Open the table, or choose another folder.', { root })
}

function storeOf(target: string | LogStore): LogStore {
  return typeof target === 'string' ? localStore(target) : target
}

async function contextFor(target: string | LogStore, options: OpenOptions): Promise<TableContext> {
  await useUtc(options.connection)
  return createContext(options.connection, storeOf(target), options.now ?? Date.now, options.onWarning ?? (() => undefined))
}

/** Set only where it is another: the settings of an instance may be locked. */
async function useUtc(connection: OpenOptions['connection']): Promise<void> {
  const [row] = await queryRows(connection, "SELECT current_setting('TimeZone') AS zone")
  if (row?.zone !== 'UTC') await queryRows(connection, "SET TimeZone = 'UTC'")
}

function tableOf(context: TableContext): DeltaTable {
  return {
    root: context.root,
    ...alterationsOf(context),
    snapshot: checked('snapshot', [optionalArgument('at', snapshotOptions)], (at) => snapshotAt(context, at)),
    append: checked('append', [argument('options', writeOptions)], (given) =>
      written(context, given, (request) => write(context, { kind: 'append', ...request })),
    ),
    overwrite: checked('overwrite', [argument('options', overwriteOptions)], (given) =>
      written(context, given, (request) => write(context, { kind: 'overwrite', ...request })),
    ),
    replaceBatch: checked('replaceBatch', [argument('options', replaceBatchOptions)], (given) =>
      written(context, given, (request) => write(context, { kind: 'replaceBatch', ...request })),
    ),
    replaceBatches: checked('replaceBatches', [argument('options', replaceBatchesOptions)], (given) =>
      written(context, given, (request) => writeBatches(context, { kind: 'replaceBatches', ...request })),
    ),
    delete: checked('delete', [optionalArgument('options', deleteOptions)], (given = {}) => deleteRows(context, given)),
    update: checked('update', [argument('options', updateOptions)], (given) => updateRows(context, given)),
    merge: checked('merge', [argument('options', mergeOptions)], async ({ source, ...given }) =>
      typeof source === 'string'
        ? await mergeRows(context, { ...given, source })
        : await withRows(context, source, (select) => mergeRows(context, { ...given, source: select })),
    ),
    optimize: checked('optimize', [optionalArgument('options', optimizeOptions)], (given) => optimize(context, given)),
    vacuum: checked('vacuum', [optionalArgument('options', vacuumOptions)], (given) => vacuum(context, given)),
    restore: checked('restore', [argument('to', restorePoint)], (to) => restoreTo(context, to)),
    changes: checked('changes', [argument('range', changesOptions)], async (range) => {
      const listing = await listLog(context.store)
      return await changesSql(context, listing, await refresh(context, listing), range)
    }),
    history: checked('history', [optionalArgument('options', historyOptions)], (given = {}) =>
      Array.fromAsync(eachCommit(context, given.limit ?? Number.POSITIVE_INFINITY)),
    ),
    commits(...given) {
      checkArguments('commits', [optionalArgument('options', historyOptions)], given)
      return eachCommit(context, given[0]?.limit ?? Number.POSITIVE_INFINITY)
    },
    findTransaction: checked('findTransaction', [argument('appId', text)], (appId) => findTransaction(context, appId)),
    cleanupLog: checked('cleanupLog', [], async () => await cleanUpLog(context.store, await refresh(context), context.now())),
    checkpoint: checked('checkpoint', [], async () => {
      const state = await refresh(context)
      // If the table has rules that we do not know, a checkpoint of ours could lose what they need.
      checkWritable(state.protocol, state.metadata, parseSchema(state.metadata.schemaString))
      await writeCheckpoint(context.connection, context.store, state, context.now())
      return state.version
    }),
  }
}

/** Gives the write the rows as a SELECT, in whichever form they came. */
async function written<Settings extends object, Result>(
  context: TableContext,
  given: RowSource & Settings,
  act: (request: Settings & { readonly select: string }) => Promise<Result>,
): Promise<Result> {
  if ('select' in given) return await act(given)
  return await withRows(context, given.rows, (select) => act({ ...given, select }))
}

async function snapshotAt(context: TableContext, { version, timestamp }: Point = {}): Promise<Snapshot> {
  const listing = await listLog(context.store)
  if (version === undefined && timestamp === undefined) return await openSnapshot(context, await refresh(context, listing))
  const wanted = version ?? (await versionBefore(context, listing, timestamp ?? 0))
  const known = context.latest !== undefined && context.latest.version <= wanted ? context.latest : undefined
  return await openSnapshot(context, await loadState(context.connection, context.store, listing, wanted, known))
}

async function restoreTo(context: TableContext, to: RestorePoint): Promise<RestoreResult> {
  if ('version' in to) return await restore(context, to)
  const version = await versionBefore(context, await listLog(context.store), to.timestamp)
  return await restore(context, { version, timestamp: new Date(to.timestamp).toISOString() })
}

async function versionBefore(context: TableContext, listing: LogListing, timestamp: Date | number | string): Promise<number> {
  const first = listing.commits[0] === 0 ? 0 : (listing.checkpoints[0]?.version ?? 0)
  const versions = listing.commits.filter((version) => version >= first)
  return versionAt(
    await commitTimes(context.store, versions, keepsCommitTime((await refresh(context, listing)).metadata)),
    new Date(timestamp).getTime(),
  )
}
