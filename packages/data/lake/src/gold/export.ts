import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Columns } from '@sluice/author'
import { type BatchWrite, type DatasetRef, formatInstant, inputErrors } from '@sluice/core'
import { type DuckConnection, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { ownMark } from '@sluice/process'
import { partitionFolder } from '../bronze/file-name.ts'
import { sweepSpools } from '../bronze/sweep.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { type Place, zoneOf, zonePath } from '../paths.ts'
import { batchStem, type LakeReceipt, receiptOf, storedReceipt } from '../receipt.ts'
import { copySql, endingOf, readSql } from './formats.ts'
import { currentExports, exportsOf, type GoldExport, manifestEnding, readManifest } from './list.ts'
import { type GoldColumn, type GoldFormat, type GoldManifest, manifestText, schemaHashOf } from './manifest.ts'
import type { ExportRows, ExportSource, LakeExport } from './request.ts'

/** Gives a query of the lake as one SELECT, with the versions that it is pinned to. */
export type PinQuery = (sql: string) => Promise<{ readonly select: string; readonly sources: GoldManifest['sources'] }>

export interface GoldPlace {
  readonly place: Place
  readonly connection: DuckConnection
  readonly now: () => number
  readonly pin: PinQuery
}

/**
 * Exports one batch, once. The order is the contract: look for the manifest of this batch and generation (it answers) -> write the data to a
 * temporary file -> checksum -> the store adopts it under a name of its own -> manifest, put if absent. Whoever puts the manifest second removes its data
 * and answers with the first one's receipt. A higher generation stands beside the lower and counts in its place.
 * @throws `lake.conflict` for a generation older than the one there; `disk.full`.
 */
export async function exportGold(at: GoldPlace, write: BatchWrite, { from, format = 'parquet' }: LakeExport): Promise<LakeReceipt> {
  const stem = batchStem(write)
  const version = `${stem}-g${write.generation}`
  const found = currentExports(await exportsOf(at.place)).find((each) => each.stem === stem)
  if (found !== undefined && found.generation >= write.generation) return await replayed(found, write)

  const zone = zoneOf(at.place)
  const spools = at.place.storage.scratch(zonePath(at.place))
  const folder = `${at.place.name}/${partitionFolder(formatInstant(write.logicalTime).slice(0, 10))}`
  await mkdir(spools, { recursive: true })
  await sweepSpools(spools)
  await zone.makeFolder('_spool')
  const own = `${at.place.name}-${stem}-${ownMark()}-${randomUUID()}`
  const spooled = join(spools, `${own}.ndjson`)
  const temporary = `_spool/${own}.parquet`
  const file = join(zone.root, temporary)
  try {
    const source = await selectOf(at, from, spooled)
    const columns = await columnsOf(at.connection, source.select)
    const rows = await at.connection.run(copySql(source.select, columns, format, file))
    if (format !== 'parquet') await readBack(at.connection, file, columns, format, rows)
    const sha256 = await sha256Of(file)
    const { size: bytes } = await stat(file)
    await zone.makeFolder(folder)
    const data = `${version}-${randomUUID().slice(0, 8)}.${endingOf[format]}`
    await zone.adopt(temporary, `${folder}/${data}`)
    const manifest: GoldManifest = {
      manifest: 1,
      dataset: write.dataset,
      batch: write.batch,
      generation: write.generation,
      logicalTime: formatInstant(write.logicalTime),
      createdAt: formatInstant(at.now()),
      format,
      rows,
      columns,
      schemaHash: schemaHashOf(columns),
      sources: source.sources,
      files: [{ name: data, rows, bytes, sha256 }],
      receipt: storedReceipt(write, { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt: at.now() }),
    }
    const isFirst = await zone.putIfAbsent(`${folder}/${version}${manifestEnding}`, manifestText(manifest))
    if (isFirst) return receiptIn(manifest, version, false)
    await zone.delete(`${folder}/${data}`)
    const first = (await exportsOf(at.place)).find((each) => each.version === version)
    if (first === undefined) throw lakeErrors.conflict(`The export ${version} of ${write.dataset} vanished while it was made`)
    return await replayed(first, write)
  } catch (thrown) {
    throw failureOf(thrown, `exporting ${write.dataset}`)
  } finally {
    for (const path of [spooled, file]) await rm(path, { force: true })
  }
}

/** Text formats have limits of their own (a CSV row of 2 MiB, a JSON one of 16): what cannot be read back is no export. */
async function readBack(
  connection: DuckConnection,
  path: string,
  columns: readonly GoldColumn[],
  format: GoldFormat,
  rows: number,
): Promise<void> {
  const next = 'Export it as parquet, which holds every value.'
  const facts = { format, rows }
  const found = await connection.value<number>(`SELECT count(*) FROM (${readSql([path], columns, format)})`).catch((cause: unknown) => {
    throw inputErrors.invalid(`The rows cannot be read back from ${format}`, { cause, facts, next })
  })
  if (found !== rows) throw inputErrors.invalid(`${format} gives ${found} rows back of ${rows}`, { facts, next })
}

async function replayed(found: GoldExport, write: BatchWrite): Promise<LakeReceipt> {
  if (found.generation > write.generation) {
    throw lakeErrors.conflict(`${write.dataset}: a newer generation of batch ${write.batch} is exported already`, {
      facts: { dataset: write.dataset, batch: write.batch, generation: write.generation },
      next: 'The task was cleared or reprocessed meanwhile; its newer run holds the rows, nothing needs doing.',
    })
  }
  return receiptIn(await readManifest(found), found.version, true)
}

export const receiptIn = (manifest: GoldManifest, version: string, replayed: boolean): LakeReceipt =>
  receiptOf(manifest.receipt, { version, bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) }, replayed)

async function selectOf(at: GoldPlace, from: ExportSource, spool: string) {
  if ('dataset' in from) return await at.pin(`SELECT * FROM ${quoteIdentifier(from.dataset)}${atVersion(from)}`)
  if ('sql' in from) return await at.pin(from.sql)
  await spoolRows(from.rows, spool)
  return { select: rowsSelect(from.columns, spool), sources: [] }
}

/** A reference to a table pins its version; files of bronze and exports never change. */
function atVersion(from: DatasetRef<'lake'> | { readonly dataset: string }): string {
  const pinned = 'version' in from && /^(.*:lake\.)?silver\./.test(from.dataset)
  return pinned ? ` AT (VERSION => ${Number(from.version)})` : ''
}

async function spoolRows(rows: ExportRows | AsyncIterable<ExportRows>, path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for await (const chunk of Symbol.asyncIterator in rows ? rows : [rows])
      await file.appendFile(chunk.map((row) => `${JSON.stringify(row)}\n`).join(''))
  } finally {
    await file.close()
  }
}

/** Rows as the warehouse gives them: instants epoch milliseconds or ISO-8601, decimals and long integers text, JSON as it is. */
function rowsSelect(columns: Columns, path: string): string {
  const typed = Object.entries(columns).map(([name, { type }]) => {
    const column = quoteIdentifier(name)
    const value =
      type.kind === 'timestamp'
        ? `coalesce(make_timestamptz(TRY_CAST(${column} AS BIGINT) * 1000), CAST(${column} AS TIMESTAMPTZ))`
        : `CAST(${column} AS ${duckdbType(type)})`
    return `${value} AS ${column}`
  })
  const texts = Object.keys(columns).map((name) => `${quoteLiteral(name)}: 'VARCHAR'`)
  return `SELECT ${typed.join(', ')} FROM read_json(${quoteLiteral(path)}, format = 'newline_delimited', maximum_object_size = 67108864, columns = {${texts.join(', ')}})`
}

export async function columnsOf(connection: DuckConnection, select: string): Promise<readonly GoldColumn[]> {
  const rows = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${select}`)
  return rows.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }))
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** A file of an export, in the zone. */
export const fileOf = (of: GoldExport, name: string): string => `${of.folder}/${basename(name)}`
