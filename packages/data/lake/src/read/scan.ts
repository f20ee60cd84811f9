import { basename } from 'node:path'
import { type Interval, inputErrors, type SluiceError } from '@sluice/core'
import { localStore, type Snapshot } from '@sluice/delta'
import { type DuckConnection, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchPatternSql, newestFetches, parseBronzeFile, partitionFolder } from '../bronze/file-name.ts'
import { type ForeignFolder, foreignFiles, foreignSelect, mayHold } from '../bronze/foreign.ts'
import { batchesOf, datasetPath, type LakeDataset, layerStore, tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { exportAt, readManifest } from '../gold/list.ts'
import { exportSelect } from '../gold/read.ts'
import { openBatchRows } from '../silver/batch-rows.ts'
import { batchColumn } from '../silver/delta-columns.ts'
import { openExisting } from '../silver/open.ts'
import { isAmong, type PartitionColumn } from '../silver/partition.ts'
import { asOfColumn, turnColumn } from '../silver/row-order.ts'
import { fetched, holdFor } from '../storage/fetch.ts'
import { filesBelow } from '../storage/local.ts'

export interface ScanOptions {
  /** Delta version; the newest by default. Bronze files never change, so bronze has none. */
  readonly version?: number
  /** Epoch milliseconds: the newest version committed at or before it. Tables only. */
  readonly timestamp?: number
  /** Folders of other writers only: files whose partition names a UTC day outside of it are not opened. Rows are not filtered. */
  readonly interval?: Interval
  /**
   * Only the rows of these batches; files of others are not opened. Of a table that goes by key all rows that they brought, also those that
   * another row stands in for.
   */
  readonly batches?: readonly string[]
  /** Of a table that goes by key the rows of every batch, with their order, if there are any. */
  readonly ofBatches?: true
  readonly columns?: readonly string[]
  /** Only the rows with one of these values in a column, given as texts; files without one are not opened. Tables only. */
  readonly among?: { readonly column: PartitionColumn; readonly values: readonly string[] }
}

/** The fixed columns of bronze, by name and DuckDB type. */
const bronzeColumns = {
  ingested_at: 'TIMESTAMP WITH TIME ZONE',
  source: 'VARCHAR',
  request: 'VARCHAR',
  page: 'INTEGER',
  payload: 'VARCHAR',
  [batchColumn]: 'VARCHAR',
} as const

/** A SELECT over a dataset as it is stored. */
export interface Stored {
  /** Full id. */
  readonly dataset: string
  readonly select: string
  /** The names of its columns. */
  readonly columns: readonly string[]
  /** What it is pinned to: a Delta version, the newest bronze file, an export. Files of other writers have none. */
  readonly version: string | undefined
}

/** A dataset as it is stored, for a connection of this lake. `foreign`: what is declared of its folder. @throws `lake.dataset_unknown` */
export async function scanStored(
  connection: DuckConnection,
  dataset: LakeDataset,
  options: ScanOptions = {},
  foreign?: ForeignFolder,
): Promise<Stored> {
  return dataset.layer === 'bronze'
    ? await scanBronze(connection, dataset, options, foreign)
    : await scanTable(connection, dataset, options)
}

/** A SELECT over one dataset as it is stored. @throws `lake.dataset_unknown` */
export const scanDataset = async (...at: Parameters<typeof scanStored>): Promise<string> => (await scanStored(...at)).select

/** Files of a bronze dataset that count, by their paths in the layer, oldest first: of a batch fetched again the newest. */
async function bronzeFiles(dataset: LakeDataset): Promise<readonly { readonly path: string; readonly batch: string }[]> {
  const paths = await dataset.storage.files(datasetPath(dataset))
  return countedFiles(
    dataset,
    paths.filter((path) => path.startsWith(partitionFolder(''))),
  )
}

/** Of files in folders of days those that were landed and count, oldest first. */
export function countedFiles(dataset: LakeDataset, paths: readonly string[]): readonly { readonly path: string; readonly batch: string }[] {
  return newestFetches(paths.map((path) => path.slice(path.lastIndexOf('/') + 1))).map(({ fileName, batch, day }) => ({
    path: `${dataset.name}/${partitionFolder(day)}/${fileName}`,
    batch,
  }))
}

/** Whether a file of the layer is one of ours by its path. */
export const isLanded = (path: string): boolean => /^[^/]+\/date=[^/]*\/[^/]*$/.test(path) && parseBronzeFile(basename(path)) !== undefined

/** `_batch` is taken from the file's name: DuckDB then decides a filter on it before it opens a file. */
async function scanBronze(
  connection: DuckConnection,
  dataset: LakeDataset,
  options: ScanOptions,
  foreign: ForeignFolder | undefined,
): Promise<Stored> {
  const { batches, columns = Object.keys(bronzeColumns) } = options
  if (options.version !== undefined || options.timestamp !== undefined) throw noVersions(dataset)
  const landed = foreign === undefined ? await bronzeFiles(dataset) : []
  if (landed.length === 0) return await described(connection, dataset, await scanForeign(connection, dataset, options, foreign))
  const kept = landed.filter((file) => batches === undefined || batches.includes(file.batch))
  const selected = columns.map((name) => {
    if (!(name in bronzeColumns)) throw unknownColumn(dataset, name)
    if (kept.length === 0) return `CAST(NULL AS ${bronzeColumns[name as keyof typeof bronzeColumns]}) AS ${quoteIdentifier(name)}`
    return name === batchColumn ? `regexp_extract(filename, ${quoteLiteral(batchPatternSql)}, 1) AS ${batchColumn}` : quoteIdentifier(name)
  })
  if (kept.length === 0) return { select: `SELECT ${selected.join(', ')} WHERE false`, columns, version: undefined, dataset: dataset.id }
  const files = await fetched(
    connection,
    layerStore(dataset),
    kept.map((file) => file.path),
  )
  return {
    select: `SELECT ${selected.join(', ')} FROM read_parquet(${fileList(files)}, hive_partitioning = false, filename = true)`,
    columns,
    version: basename(kept.at(-1)?.path ?? ''),
    dataset: dataset.id,
  }
}

async function described(connection: DuckConnection, { id: dataset }: LakeDataset, select: string, version?: string): Promise<Stored> {
  return { dataset, select, columns: (await connection.columns(select)).map(({ name }) => name), version }
}

/** Files that nobody landed here. When no file may hold a row of the interval, one stays for its columns. */
async function scanForeign(
  connection: DuckConnection,
  dataset: LakeDataset,
  { batches, columns, interval }: ScanOptions,
  foreign: ForeignFolder | undefined,
): Promise<string> {
  const { path, format } = foreign ?? {}
  const files = foreignFiles(path === undefined ? await dataset.storage.files(datasetPath(dataset)) : await filesBelow(path), format)
  if (files.length === 0) throw unknownDataset(dataset)
  const kept = mayHold(files, interval)
  const none = kept.length === 0 || batches !== undefined
  const opened = none ? files.slice(0, 1) : kept
  const from = path === undefined ? { store: layerStore(dataset), folder: dataset.name } : { store: localStore(path), folder: '.' }
  const paths = opened.map((file) => `${from.folder}/${file.path}`)
  const absolute = await fetched(connection, from.store, paths)
  const select = foreignSelect(
    dataset.id,
    opened.map((file, index) => ({ ...file, path: absolute[index] ?? file.path })),
    foreign?.columns,
  )
  const wanted = columns === undefined ? '*' : columns.map(quoteIdentifier).join(', ')
  return columns === undefined && !none ? select : `SELECT ${wanted} FROM (${select})${none ? ' WHERE false' : ''}`
}

async function scanTable(
  connection: DuckConnection,
  dataset: LakeDataset,
  { version, timestamp, batches, ofBatches, columns, among }: ScanOptions,
): Promise<Stored> {
  try {
    const beside = batches === undefined && ofBatches === undefined ? undefined : await openBatchRows(connection, dataset)
    const rows = await beside?.snapshot()
    const isBeside = rows !== undefined && rows.files.length > 0 && (ofBatches === true || !(await areVersions(connection, dataset, rows)))
    const store = tableStore(isBeside ? batchesOf(dataset) : dataset)
    const table = await openExisting(connection, store)
    if (table === undefined) {
      const exported = { ...(timestamp === undefined ? {} : { timestamp }), ...(columns === undefined ? {} : { columns }) }
      return await scanExport(connection, dataset, exported)
    }
    holdFor(connection, store)
    const snapshot = await table.snapshot({
      ...(version === undefined || isBeside ? {} : { version }),
      ...(timestamp === undefined ? {} : { timestamp }),
    })
    const stored = snapshot.schema.fields.map(({ name }) => name)
    const ofOrder = (name: string): boolean => isBeside && ofBatches === undefined && (name === asOfColumn || name === turnColumn)
    const names = columns ?? stored.filter((name) => !ofOrder(name))
    const select = await snapshot.scanSql({
      ...(names.length === stored.length ? {} : { columns: names }),
      ...(batches === undefined ? {} : { where: [{ column: batchColumn, op: 'in', values: batches }] }),
      ...(among === undefined ? {} : { where: [isAmong(among.column, among.values)] }),
    })
    return { dataset: dataset.id, select, columns: names, version: isBeside ? version?.toString() : String(snapshot.version) }
  } catch (thrown) {
    throw failureOf(thrown, `reading ${dataset.id}`)
  }
}

/** Rows of versions are made of those of the batches, and have columns of their own: the rows of a batch are the versions that it began. */
async function areVersions(connection: DuckConnection, dataset: LakeDataset, { schema }: Snapshot): Promise<boolean> {
  const shown = await (await openExisting(connection, tableStore(dataset)))?.snapshot()
  const names = new Set(schema.fields.map(({ name }) => name))
  return shown?.schema.fields.some(({ name }) => !names.has(name)) ?? false
}

function unknownDataset(dataset: LakeDataset): SluiceError {
  return lakeErrors.dataset_unknown(`There is no dataset ${dataset.id} in the lake`, {
    facts: { dataset: dataset.id },
    next: 'List what there is with: sluice lake tables. A dataset appears with its first batch.',
  })
}

/** The newest export of a dataset of gold, or the newest as of a logical time. */
async function scanExport(connection: DuckConnection, dataset: LakeDataset, { timestamp, columns }: ScanOptions): Promise<Stored> {
  const found = dataset.layer === 'gold' ? await exportAt(dataset, { timestamp }) : undefined
  if (found === undefined) throw unknownDataset(dataset)
  const select = await exportSelect(connection, found, await readManifest(found))
  const wanted = columns === undefined ? select : `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM (${select})`
  return await described(connection, dataset, wanted, found.version)
}

function noVersions(dataset: LakeDataset): SluiceError {
  return inputErrors.invalid(`${dataset.id} has no versions`, {
    facts: { dataset: dataset.id },
    next: 'Files of bronze never change: read it without a version, and filter by ingested_at or the partition.',
  })
}

function unknownColumn(dataset: LakeDataset, column: string): SluiceError {
  return inputErrors.invalid(`${dataset.id} has no column ${column}`, {
    facts: { dataset: dataset.id, column },
    next: `Name one of ${Object.keys(bronzeColumns).join(', ')}.`,
  })
}
