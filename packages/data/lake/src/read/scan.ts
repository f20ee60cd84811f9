import { join } from 'node:path'
import { type Interval, SluiceError } from '@sluice/core'
import { type DuckConnection, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchPatternSql, newestFetches, partitionFolder } from '../bronze/file-name.ts'
import { type ForeignFolder, foreignFiles, foreignSelect, mayHold } from '../bronze/foreign.ts'
import { failureOf } from '../failure.ts'
import { namesIn } from '../folder.ts'
import { exportAt, readManifest } from '../gold/list.ts'
import { exportSelect } from '../gold/restore.ts'
import type { Place } from '../paths.ts'
import { batchColumn } from '../silver/delta-columns.ts'
import { openExisting } from '../silver/open.ts'

export interface ScanOptions {
  /** Delta version; the newest by default. Bronze files never change, so bronze has none. */
  readonly version?: number
  /** Epoch milliseconds: the newest version committed at or before it. Tables only. */
  readonly timestamp?: number
  /** Folders of other writers only: files whose partition names a UTC day outside of it are not opened. Rows are not filtered. */
  readonly interval?: Interval
  /** Only the rows of this batch; files of others are not opened. */
  readonly batch?: string
  readonly columns?: readonly string[]
}

/** The fixed columns of bronze, by name and DuckDB type. */
export const bronzeColumns = {
  ingested_at: 'TIMESTAMP WITH TIME ZONE',
  source: 'VARCHAR',
  request: 'VARCHAR',
  page: 'INTEGER',
  payload: 'VARCHAR',
  [batchColumn]: 'VARCHAR',
} as const

/** A SELECT over one dataset, for a connection of this lake. `foreign`: what is declared of its folder. @throws `lake.dataset_unknown` */
export async function scanDataset(
  connection: DuckConnection,
  place: Place,
  options: ScanOptions = {},
  foreign?: ForeignFolder,
): Promise<string> {
  return place.layer === 'bronze' ? await scanBronze(place, options, foreign) : await scanTable(connection, place, options)
}

/** Files of a bronze dataset that count, oldest first: of a batch fetched again the newest. */
export async function bronzeFiles(place: Place): Promise<readonly { readonly path: string; readonly batch: string }[]> {
  const days = await namesIn(place.folder)
  const names = await Promise.all(days.filter((day) => day.startsWith('date=')).map((day) => namesIn(join(place.folder, day))))
  return newestFetches(names.flat()).map(({ fileName, batch, day }) => ({
    path: join(place.folder, partitionFolder(day), fileName),
    batch,
  }))
}

/** `_batch` is taken from the file's name: DuckDB then decides a filter on it before it opens a file. */
async function scanBronze(place: Place, options: ScanOptions, foreign: ForeignFolder | undefined): Promise<string> {
  const { batch, columns } = options
  if (options.version !== undefined || options.timestamp !== undefined) throw noVersions(place)
  const files = foreign === undefined ? await bronzeFiles(place) : []
  if (files.length === 0) return await scanForeign(place, options, foreign)
  const kept = files.filter((file) => batch === undefined || file.batch === batch)
  const selected = (columns ?? Object.keys(bronzeColumns)).map((name) => {
    if (!(name in bronzeColumns)) throw unknownColumn(place, name)
    if (kept.length === 0) return `CAST(NULL AS ${bronzeColumns[name as keyof typeof bronzeColumns]}) AS ${quoteIdentifier(name)}`
    return name === batchColumn ? `regexp_extract(filename, ${quoteLiteral(batchPatternSql)}, 1) AS ${batchColumn}` : quoteIdentifier(name)
  })
  if (kept.length === 0) return `SELECT ${selected.join(', ')} WHERE false`
  return `SELECT ${selected.join(', ')} FROM read_parquet(${fileList(kept.map((file) => file.path))}, hive_partitioning = false, filename = true)`
}

/** Files that nobody landed here. When no file may hold a row of the interval, one stays for its columns. */
async function scanForeign(place: Place, { batch, columns, interval }: ScanOptions, foreign: ForeignFolder | undefined): Promise<string> {
  const files = await foreignFiles(foreign?.path ?? place.folder, foreign?.format)
  if (files.length === 0) throw unknownDataset(place)
  const kept = mayHold(files, interval)
  const none = kept.length === 0 || batch !== undefined
  const select = foreignSelect(place.dataset, none ? files.slice(0, 1) : kept, foreign?.columns)
  const wanted = columns === undefined ? '*' : columns.map(quoteIdentifier).join(', ')
  return columns === undefined && !none ? select : `SELECT ${wanted} FROM (${select})${none ? ' WHERE false' : ''}`
}

async function scanTable(connection: DuckConnection, place: Place, { version, timestamp, batch, columns }: ScanOptions): Promise<string> {
  try {
    const table = await openExisting(connection, place.folder)
    if (table === undefined)
      return await scanExport(place, { ...(timestamp === undefined ? {} : { timestamp }), ...(columns === undefined ? {} : { columns }) })
    const snapshot = await table.snapshot({
      ...(version === undefined ? {} : { version }),
      ...(timestamp === undefined ? {} : { timestamp }),
    })
    return await snapshot.scanSql({
      ...(columns === undefined ? {} : { columns }),
      ...(batch === undefined ? {} : { where: [{ column: batchColumn, op: '=', value: batch }] }),
    })
  } catch (thrown) {
    throw failureOf(thrown, `reading ${place.dataset}`)
  }
}

function unknownDataset(place: Place): SluiceError {
  return new SluiceError('lake.dataset_unknown', `There is no dataset ${place.dataset} in the lake`, {
    facts: { dataset: place.dataset },
    next: 'List what there is with: sluice lake tables. A dataset appears with its first batch.',
  })
}

/** The newest export of a dataset of gold, or the newest as of a logical time. */
async function scanExport(place: Place, { timestamp, columns }: ScanOptions): Promise<string> {
  const found = place.layer === 'gold' ? await exportAt(place, { timestamp }) : undefined
  if (found === undefined) throw unknownDataset(place)
  const select = exportSelect(found, await readManifest(found))
  return columns === undefined ? select : `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM (${select})`
}

function noVersions(place: Place): SluiceError {
  return new SluiceError('input.invalid', `${place.dataset} has no versions`, {
    facts: { dataset: place.dataset },
    next: 'Files of bronze never change: read it without a version, and filter by ingested_at or the partition.',
  })
}

function unknownColumn(place: Place, column: string): SluiceError {
  return new SluiceError('input.invalid', `${place.dataset} has no column ${column}`, {
    facts: { dataset: place.dataset, column },
    next: `Name one of ${Object.keys(bronzeColumns).join(', ')}.`,
  })
}
