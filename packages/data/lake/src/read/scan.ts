import { join } from 'node:path'
import { SluiceError } from '@sluice/core'
import { type DuckConnection, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchPatternSql, newestFetches, partitionFolder } from '../bronze/file-name.ts'
import { failureOf } from '../failure.ts'
import { namesIn } from '../folder.ts'
import type { Place } from '../paths.ts'
import { batchColumn } from '../silver/delta-columns.ts'
import { openExisting } from '../silver/open.ts'

export interface ScanOptions {
  /** Delta version; the newest by default. Bronze files never change, so bronze has none. */
  readonly version?: number
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

/** A SELECT over one dataset, for a connection of this lake. @throws `lake.dataset_unknown` */
export async function scanDataset(connection: DuckConnection, place: Place, options: ScanOptions = {}): Promise<string> {
  return place.layer === 'bronze' ? await scanBronze(place, options) : await scanTable(connection, place, options)
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
async function scanBronze(place: Place, { batch, columns }: ScanOptions): Promise<string> {
  const files = await bronzeFiles(place)
  if (files.length === 0) throw unknownDataset(place)
  const kept = files.filter((file) => batch === undefined || file.batch === batch)
  const selected = (columns ?? Object.keys(bronzeColumns)).map((name) => {
    if (!(name in bronzeColumns)) throw unknownColumn(place, name)
    if (kept.length === 0) return `CAST(NULL AS ${bronzeColumns[name as keyof typeof bronzeColumns]}) AS ${quoteIdentifier(name)}`
    return name === batchColumn ? `regexp_extract(filename, ${quoteLiteral(batchPatternSql)}, 1) AS ${batchColumn}` : quoteIdentifier(name)
  })
  if (kept.length === 0) return `SELECT ${selected.join(', ')} WHERE false`
  return `SELECT ${selected.join(', ')} FROM read_parquet(${fileList(kept.map((file) => file.path))}, hive_partitioning = false, filename = true)`
}

async function scanTable(connection: DuckConnection, place: Place, { version, batch, columns }: ScanOptions): Promise<string> {
  try {
    const table = await openExisting(connection, place.folder)
    if (table === undefined) throw unknownDataset(place)
    const snapshot = await table.snapshot(version === undefined ? {} : { version })
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

function unknownColumn(place: Place, column: string): SluiceError {
  return new SluiceError('input.invalid', `${place.dataset} has no column ${column}`, {
    facts: { dataset: place.dataset, column },
    next: `Name one of ${Object.keys(bronzeColumns).join(', ')}.`,
  })
}
