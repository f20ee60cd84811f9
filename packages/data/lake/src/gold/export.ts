import { open } from 'node:fs/promises'
import type { Columns, ExportFormat, Reading, Sql } from '@sluice/author'
import { type BatchWrite, inputErrors, type SinkReceipt } from '@sluice/core'
import { type DuckConnection, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { LakeDataset } from '../dataset.ts'
import type { Pinned } from '../pinned.ts'
import { copySql, endingOf, readSql } from './formats.ts'
import type { GoldColumn, GoldManifest } from './manifest.ts'
import type { ExportRows, ExportSource, LakeExport } from './request.ts'
import { writeGold } from './write.ts'

/** Gives a query of the lake as one SELECT, with the versions that it is pinned to. */
export type PinQuery = (sql: string) => Promise<{ readonly select: string; readonly sources: GoldManifest['sources'] }>

export interface ExportContext {
  readonly dataset: LakeDataset
  readonly connection: DuckConnection
  readonly now: () => number
  /** A query that names datasets itself. */
  readonly pin: PinQuery
  /** A statement of a step. */
  readonly render: (sql: Sql, reading: Reading) => Promise<Pinned>
}

/** Exports rows as one batch, once: see `writeGold`. @throws `input.invalid` for rows that the format cannot hold */
export const exportGold = (at: ExportContext, write: BatchWrite, { from, format = 'parquet' }: LakeExport): Promise<SinkReceipt> =>
  writeGold(at.dataset, write, at.now, async (path, spool) => {
    const { select, sources } = await selectOf(at, from, spool)
    const columns = await at.connection.columns(select)
    const rows = await at.connection.run(copySql(select, columns, format, path))
    if (format !== 'parquet') await readBack(at.connection, path, columns, format, rows)
    return { ending: endingOf[format], format, rows, columns, sources }
  })

/** Text formats have limits of their own (a CSV row of 2 MiB, a JSON one of 16): what cannot be read back is not an export. */
async function readBack(
  connection: DuckConnection,
  path: string,
  columns: readonly GoldColumn[],
  format: ExportFormat,
  rows: number,
): Promise<void> {
  const next = 'Export it as parquet, which holds every value.'
  const facts = { format, rows }
  const found = await connection.value<number>(`SELECT count(*) FROM (${readSql([path], columns, format)})`).catch((cause: unknown) => {
    throw inputErrors.invalid(`The rows cannot be read back from ${format}`, { cause, facts, next })
  })
  if (found !== rows) throw inputErrors.invalid(`${format} gives ${found} rows back of ${rows}`, { facts, next })
}

async function selectOf(at: ExportContext, from: ExportSource, spool: string): Promise<Pinned> {
  if ('statement' in from) return await at.render(from.statement, from.reading)
  if ('dataset' in from) return await at.pin(`SELECT * FROM ${quoteIdentifier(from.dataset)}`)
  if ('sql' in from) return await at.pin(from.sql)
  await spoolRows(from.rows, spool)
  return { select: spooledSelect(from.columns, spool), sources: [] }
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
function spooledSelect(columns: Columns, path: string): string {
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
