import type { Columns, LakePolicy, Pages, Reading, RowOf, Sql } from '@sluice/author'
import { type AnswersFact, type BatchWrite, type DatasetRef, given, type Instant, type SinkReceipt } from '@sluice/core'
import { DeltaError } from '@sluice/delta'
import { type DuckConnection, type DuckDB, duckdbErrors, type Row } from '@sluice/duckdb'
import { type LakeBatch, openBatch, type WrittenBatch } from './batch/open-batch.ts'
import { type LakeBatches, openBatches } from './batch/open-batches.ts'
import type { ForeignFolder } from './bronze/foreign.ts'
import { type LandOptions, landBatch } from './bronze/land.ts'
import { newestAnswers } from './bronze/newest-answers.ts'
import { type LakeDataset, lakeDataset, tableStore } from './dataset.ts'
import { lakeErrors } from './errors.ts'
import { type Gold, openGold } from './gold/open.ts'
import { afterCommit } from './maintain/after-commit.ts'
import { type Maintenance, openMaintenance } from './maintain/open.ts'
import { retentionOf } from './maintain/settings.ts'
import type { Pinned } from './pinned.ts'
import { answerOf } from './read/answer.ts'
import { filesSql, type HeldFile } from './read/files.ts'
import { heldBatches } from './read/held-batches.ts'
import { datasetHistory, datasetReceipts, type LakeVersion } from './read/history.ts'
import { limited } from './read/limited.ts'
import { renderSql } from './read/render.ts'
import { keepSame, type SameFile } from './read/same-files.ts'
import { type ScanOptions, scanDataset, scanStored } from './read/scan.ts'
import { type LakeTable, listTables } from './read/tables.ts'
import type { NewestWrite } from './receipt.ts'
import { newestWrite, type SilverContext } from './silver/commit.ts'
import { openExisting } from './silver/open.ts'
import { touchedBetween } from './silver/partition.ts'
import { discardRebuilds, type Replacement, replaceTable } from './silver/replace-table.ts'
import { type Standing, standingOf } from './silver/standing.ts'
import { type OtherRows, wouldShow } from './silver/would-show.ts'
import { compileSql } from './sql/compile.ts'
import { pinSql } from './sql/pin.ts'
import { holdFor, holding } from './storage/fetch.ts'
import { localStorage } from './storage/local.ts'
import type { LakeStorage } from './storage/storage.ts'

export interface LakeOptions {
  /** A local folder (`<state>/lake`), or where else it lies. */
  readonly storage: LakeStorage | string
  readonly project: string
  /** Asked for when first needed. */
  readonly duckdb: () => Promise<DuckDB>
  /** Epoch milliseconds; times of receipts only, never of names. The system's clock by default. */
  readonly now?: () => number
  /** Bronze datasets that others write, by name (`bronze.legacy`). One in the dataset's own folder is found undeclared. */
  readonly folders?: Readonly<Record<string, ForeignFolder>>
  /** The projects whose datasets a typed query may name; all unless given. */
  readonly readable?: readonly string[]
  /** What each layer keeps, and when small files are written together. */
  readonly policy?: LakePolicy
  /** Told when maintenance after a commit failed; the commit stands. */
  readonly onTrouble?: (error: unknown) => void
}

export interface ReadOptions extends ScanOptions {
  readonly limit?: number
}

/** One project's lake. Datasets are named `silver.assets` or by full id. */
export interface Lake extends Gold, Maintenance {
  readonly storage: LakeStorage
  readonly project: string
  /** A connection of the lake's DuckDB; whoever takes one closes it. What statements on it read stays readable until then. */
  connect(): Promise<DuckConnection>
  land(write: BatchWrite, pages: Pages, options?: LandOptions): Promise<SinkReceipt>
  /** Begins the write of a batch to a table: its receipt when it is written already, else what reads and writes it. To be disposed of. */
  batch(write: BatchWrite): Promise<LakeBatch | WrittenBatch>
  /** Begins the write of several batches of one table, which become one commit. To be disposed of. */
  batches(dataset: string, writes: readonly BatchWrite[]): Promise<LakeBatches>
  /** A SELECT over a dataset. A reference to a table pins its version; bronze files never change. */
  scan(connection: DuckConnection, source: DatasetRef | string, options?: ScanOptions): Promise<string>
  /** A statement of a step as one SELECT for a connection of the lake. */
  render(connection: DuckConnection, sql: Sql, reading: Reading): Promise<Pinned>
  /**
   * Rows of a small result: instants are epoch milliseconds, decimals and integers past 2^53 text. @throws `definition.invalid` for other
   * columns
   */
  rows<C extends Columns>(columns: C, sql: Sql, reading: Reading): Promise<readonly RowOf<C>[]>
  /**
   * Rows of an ad-hoc query in chunks; instants are ISO-8601. It names datasets (`silver.assets`, `"other:lake.silver.assets"`, with `AT
   * (VERSION => 3)` or `AT (TIMESTAMP => '...')` behind them) and files of the project's lake (`'bronze/legacy/*.csv'`), each pinned once,
   * and can reach nothing else. @throws `input.invalid`, `lake.dataset_unknown`, `request.denied` with the place in the text
   */
  sql(text: string, options?: { readonly limit?: number }): AsyncGenerator<readonly Row[], void, undefined>
  /** The same query as one SELECT for a connection of the lake, everything in it pinned. */
  compile(connection: DuckConnection, text: string): Promise<string>
  tables(): Promise<readonly LakeTable[]>
  /** The newest write of a table; undefined where there is none, and for bodies and files. */
  newest(connection: DuckConnection, dataset: string): Promise<NewestWrite | undefined>
  /** The version of a table; undefined where there is none. */
  versionOf(connection: DuckConnection, dataset: string): Promise<number | undefined>
  /**
   * The partitions of which a row has changed since a version of a table, by the texts of a column's values; without a column `all`, if any
   * has. `all` where that version can be read no longer.
   */
  touched(connection: DuckConnection, dataset: string, since: TouchedSince): Promise<readonly string[] | 'all'>
  history(dataset: string): Promise<readonly LakeVersion[]>
  /** A table as it stands, batch by batch. @throws `lake.dataset_unknown` */
  standing(dataset: string): Promise<Standing>
  /** Of a table that goes by key: what it would show with other rows of some batches, and what it shows. Nothing is written. */
  wouldShow(
    connection: DuckConnection,
    dataset: string,
    of: OtherRows,
  ): Promise<{ readonly would: string; readonly stands: string } | undefined>
  /** The files of a source that a dataset holds, by their receipts: in chunks, in the order of their paths by their bytes. */
  filesOf(dataset: string, source: string): AsyncGenerator<readonly HeldFile[], void, undefined>
  /**
   * The same as a SELECT for a connection of the lake. `every`: also those that stand behind others of their paths, and of each in `shown`
   * whether it does not.
   */
  scanFiles(connection: DuckConnection, dataset: string, source: string, options?: { readonly every?: boolean }): Promise<string>
  /** Keeps that files were compared, so that they are known as they look now. What goes wrong with it is told and does no harm. */
  keepSame(dataset: string, source: string, files: readonly SameFile[]): Promise<void>
  /** What the newest landing of a source in a dataset before a logical time tells; undefined where there is none. */
  answers(dataset: string, source: string, before: Instant): Promise<AnswersFact | undefined>
  /** Batches of a dataset that can be read again as a whole. */
  held(dataset: string): Promise<ReadonlySet<string>>
  /** Takes away what rebuilds of a table have made, finished or not. */
  discardRebuilds(dataset: string): Promise<void>
  /** Puts another table, which was made of the same batches, in the place of one and takes it away. @throws `lake.outdated` */
  replaceBy(dataset: string, made: string, of: Replacement): Promise<{ readonly version: string; readonly rows: number }>
  /** Rows in chunks; instants are ISO-8601. */
  read(dataset: string, options?: ReadOptions): AsyncGenerator<readonly Row[], void, undefined>
  /** From the sinks alone; of all datasets when none is named. */
  receipts(dataset?: string): Promise<readonly SinkReceipt[]>
}

export interface TouchedSince {
  /** Undefined: the table was not there. */
  readonly from: number | undefined
  readonly to: number
  readonly column: string | undefined
}

export function openLake(options: LakeOptions): Lake {
  const { project, duckdb, readable, now = Date.now, folders = {}, policy = {}, onTrouble = () => undefined } = options
  const storage = typeof options.storage === 'string' ? localStorage(options.storage) : options.storage
  const datasetOf = (name: string): LakeDataset => lakeDataset(storage, project, name)
  const connect = async (): Promise<DuckConnection> => holding(await (await duckdb()).connect())

  async function using<T>(work: (connection: DuckConnection) => Promise<T>): Promise<T> {
    const connection = await connect()
    try {
      return await work(connection)
    } finally {
      connection.close()
    }
  }

  const scan: Lake['scan'] = async (connection, source, options = {}) => {
    const target = datasetOf(typeof source === 'string' ? source : source.dataset)
    const pinned = typeof source === 'string' || target.layer === 'bronze' ? options : { version: Number(source.version), ...options }
    return await scanDataset(connection, target, pinned, folders[`${target.layer}.${target.name}`])
  }
  const render: Lake['render'] = (connection, sql, reading) =>
    renderSql(sql, reading, (dataset, options) => {
      return scanStored(connection, datasetOf(dataset.name), options, folders[dataset.name])
    })
  const compile: Lake['compile'] = (connection, text) =>
    compileSql(
      {
        storage,
        project,
        connection,
        ...given({ readable }),
        scan: (of, dataset, options) =>
          of === project ? scan(connection, dataset, options) : scanDataset(connection, lakeDataset(storage, of, dataset), options),
      },
      text,
    )

  const scanFiles: Lake['scanFiles'] = async (connection, name, source, { every = false } = {}) => {
    const files = await filesSql({ dataset: datasetOf(name), connection, onTrouble }, source)
    return every ? files : `SELECT * EXCLUDE (shown) FROM (${files}) WHERE shown ORDER BY path`
  }

  const silver = (connection: DuckConnection, dataset: LakeDataset): SilverContext => ({
    dataset,
    connection,
    now,
    afterCommit: (table, of) =>
      afterCommit(table, { dataset: of, retention: retentionOf(policy, dataset.layer, dataset.name), now, onTrouble }),
  })

  return {
    storage,
    project,
    connect,
    scan,
    compile,
    land: (write, pages, options = {}) => landBatch({ dataset: datasetOf(write.dataset), connect, now }, write, pages, options),
    async batch(write) {
      const dataset = datasetOf(write.dataset)
      return await openBatch(silver(await connect(), dataset), write, render)
    },
    batches: async (name, writes) => await openBatches(silver(await connect(), datasetOf(name)), writes),
    render,
    rows: (columns, sql, reading) =>
      using(async (connection) => await answerOf(connection, columns, (await render(connection, sql, reading)).select)),
    async *sql(text, options = {}) {
      const connection = await connect()
      try {
        yield* connection.stream(limited(await compile(connection, text), options.limit))
      } finally {
        connection.close()
      }
    },
    ...openGold({
      datasetOf,
      render,
      using,
      pin: (connection, sql) => pinSql({ storage, project, connection, ...given({ readable }) }, sql),
      now,
    }),
    ...openMaintenance({ storage, project, policy, datasetOf, connect, using }),
    newest: async (connection, name) => {
      const dataset = datasetOf(name)
      return dataset.layer === 'bronze' ? undefined : await newestWrite({ dataset, connection, now })
    },
    versionOf: async (connection, name) => (await (await openExisting(connection, tableStore(datasetOf(name))))?.snapshot())?.version,
    touched: async (connection, name, { from, to, column }) => {
      const table = await openExisting(connection, tableStore(datasetOf(name)))
      if (table === undefined) return 'all'
      holdFor(connection, tableStore(datasetOf(name)))
      try {
        const before = from === undefined ? undefined : await table.snapshot({ version: from })
        return await touchedBetween(connection, column, before, await table.snapshot({ version: to }))
      } catch (thrown) {
        if (thrown instanceof DeltaError && ['version.missing', 'file.missing'].includes(thrown.code)) return 'all'
        // Files that only the version before had may be cleaned up: DuckDB finds that out.
        if (duckdbErrors.failed.is(thrown) && /No files found|No such file|does not exist/i.test(thrown.message)) return 'all'
        throw thrown
      }
    },
    tables: () => using((connection) => listTables(connection, storage, project)),
    history: (dataset) => using((connection) => datasetHistory(connection, datasetOf(dataset), connect)),
    standing: (name) =>
      using(async (connection) => {
        const standing = await standingOf(connection, datasetOf(name))
        if (standing !== undefined) return standing
        throw lakeErrors.dataset_unknown(`There is no table ${datasetOf(name).id} in the lake`, {
          facts: { dataset: datasetOf(name).id },
          next: 'There is nothing to make anew: its first run makes it.',
        })
      }),
    wouldShow: (connection, name, of) => wouldShow(connection, datasetOf(name), of),
    async *filesOf(dataset, source) {
      const connection = await connect()
      try {
        for await (const files of connection.stream(await scanFiles(connection, dataset, source))) yield files as unknown as HeldFile[]
      } finally {
        connection.close()
      }
    },
    scanFiles,
    keepSame: async (name, source, files) => {
      if (files.length === 0) return
      try {
        await using((connection) => keepSame(connection, datasetOf(name), source, files, now()))
      } catch (thrown) {
        onTrouble(thrown)
      }
    },
    discardRebuilds: (name) => discardRebuilds(datasetOf(name)),
    answers: (name, source, before) => newestAnswers(connect, datasetOf(name), source, before),
    held: (name) => using((connection) => heldBatches(connection, datasetOf(name))),
    replaceBy: (name, made, of) => using((connection) => replaceTable(connection, datasetOf(name), datasetOf(made), of)),
    async *read(dataset, options = {}) {
      const connection = await connect()
      try {
        yield* connection.stream(limited(await scan(connection, dataset, options), options.limit))
      } finally {
        connection.close()
      }
    },
    receipts: (dataset) =>
      using(async (connection) => {
        const names = dataset === undefined ? (await listTables(connection, storage, project)).map((table) => table.dataset) : [dataset]
        const receipts = await Promise.all(names.map((name) => datasetReceipts(connection, datasetOf(name), connect)))
        return receipts.flat()
      }),
  }
}
