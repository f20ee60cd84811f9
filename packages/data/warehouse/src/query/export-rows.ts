import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileTooLarge, queryErrors } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { typeNamesOf } from './answer.ts'
import { readWithin } from './within-budget.ts'

export type RowsFormat = 'json' | 'csv' | 'parquet'

export interface RowsColumn {
  readonly name: string
  /** As PostgreSQL spells it. */
  readonly type: string
}

/** Makes a Parquet file of a CSV with a header, in which only a field without quotes is null. Whoever has an engine for that gives it. */
export type ToParquet = (csv: string, columns: readonly RowsColumn[], file: string) => Promise<void>

/** Rows that are asked for at once: the first look, what is aimed at after it, the most, and the longest row. */
const portion = { first: 100, bytes: 2 ** 20, most: 10_000, longest: 256 * 2 ** 20 }

/**
 * All rows of a cursor as a file, one portion in memory at a time, and then its bytes: the session is free, and an error is told, before
 * the first byte goes out. Instants have the one form of every answer, ISO-8601 in UTC.
 */
export async function exportRows(
  tx: Connection,
  cursor: string,
  {
    format,
    limit,
    mostBytes,
    toParquet,
  }: { readonly format: RowsFormat; readonly limit: number; readonly mostBytes: number; readonly toParquet: ToParquet | undefined },
): Promise<AsyncIterable<Uint8Array>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-rows-'))
  try {
    const text = join(folder, format === 'json' ? 'rows.json' : 'rows.csv')
    const columns = await writeText(tx, cursor, { file: text, format: format === 'json' ? 'json' : 'csv', limit, mostBytes })
    if (format !== 'parquet') return bytesOf(text, folder)
    if (toParquet === undefined) throw queryErrors.lost('nobody here writes Parquet', { next: 'Take csv or json.' })
    const file = join(folder, 'rows.parquet')
    await toParquet(text, columns, file)
    return bytesOf(file, folder)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function* bytesOf(file: string, folder: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeText(
  tx: Connection,
  cursor: string,
  {
    file,
    format,
    limit,
    mostBytes,
  }: { readonly file: string; readonly format: 'json' | 'csv'; readonly limit: number; readonly mostBytes: number },
): Promise<readonly RowsColumn[]> {
  const out = await open(file, 'wx', 0o600)
  try {
    let [written, size] = [0, portion.first]
    let left = mostBytes
    // The disk is that of the server: what is over is not written. A Parquet file is smaller than the text that it is made of.
    const write = async (text: string): Promise<void> => {
      left -= Buffer.byteLength(text)
      if (left < 0) throw fileTooLarge(mostBytes)
      await out.write(text)
    }
    let names: readonly string[] | undefined
    for (;;) {
      const wanted = Math.min(size, limit - written)
      const got = await readWithin(
        tx,
        { text: `fetch forward ${wanted} from ${cursor}`, values: [] },
        { bytes: portion.longest, cells: Number.POSITIVE_INFINITY, rowsBefore: 0 },
      )
      if (got.cutBy !== null)
        throw queryErrors.too_large(`${got.rows.length + 1} rows of the answer are larger than ${portion.longest} bytes`, {
          facts: { limitBytes: portion.longest },
          next: 'Select fewer columns, or a part of the long values: left(column, 1000).',
        })
      if (names === undefined) {
        names = distinct(got.fields.map(({ name }) => name))
        await write(format === 'csv' ? `${names.map(csvField).join(',')}\n` : '[')
      }
      const rows = got.rows.map((row) => JSON.parse(row) as readonly unknown[])
      await write(format === 'csv' ? rows.map(csvLine).join('') : jsonLines(rows, names, written === 0))
      written += rows.length
      if (rows.length < wanted || written === limit) {
        if (format === 'json') await write(written === 0 ? ']\n' : '\n]\n')
        const types = await typeNamesOf(tx, got.fields)
        return names.map((name, at) => ({ name, type: types[at] ?? 'text' }))
      }
      const bytes = got.rows.reduce((sum, row) => sum + row.length, 0)
      size = Math.max(1, Math.min(portion.most, Math.floor((portion.bytes * rows.length) / Math.max(1, bytes))))
    }
  } finally {
    await out.close()
  }
}

const jsonLines = (rows: readonly (readonly unknown[])[], names: readonly string[], isFirst: boolean): string =>
  rows
    .map(
      (row, at) =>
        `${isFirst && at === 0 ? '' : ','}\n  ${JSON.stringify(Object.fromEntries(names.map((name, cell) => [name, row[cell] ?? null])))}`,
    )
    .join('')

const csvLine = (row: readonly unknown[]): string => `${row.map(csvField).join(',')}\n`

/** As PostgreSQL writes it: null is nothing, an empty text is two quotes. */
function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** Of two columns of one name the second becomes `n_2`, as in every answer by name. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}_${times}`
  })
}
