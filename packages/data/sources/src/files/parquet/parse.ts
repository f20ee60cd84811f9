import { dirname } from 'node:path'
import type { Json } from '@sluice/core'
import { type DuckConnection, fileList, openDuckDB } from '@sluice/duckdb'
import { fileErrors } from '../../errors.ts'
import type { Parse } from '../isolated/parser.ts'

export type ParquetTask = {
  /** Whether each value is read, so that nothing is left that could fail later. */
  readonly isWhole: boolean
}

export type ParsedParquet = {
  /** The DuckDB type of each. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: number
  readonly writtenBy: string | null
  readonly compression: readonly string[]
}

/**
 * Reads a file once, to its last value, by a DuckDB of its own: what crashes it, fills its memory or never ends does so here.
 * The same bytes are then read where the rows are wanted.
 */
export const parse: Parse<ParquetTask, ParsedParquet & Json> = async ({ path, bytes, task }) => {
  if (bytes < 12) throw fileErrors.damaged(bytes === 0 ? 'it is empty' : 'it is too small for a file of Parquet', { next: again })
  const duckdb = await openDuckDB({ memoryLimitMb: 512, threads: 2, confinedTo: [dirname(path)] })
  try {
    return await parsed(await duckdb.connect(), path, task)
  } catch (thrown) {
    throw errorOf(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    duckdb.close()
  }
}

async function parsed(connection: DuckConnection, path: string, { isWhole }: ParquetTask): Promise<ParsedParquet> {
  const file = fileList([path])
  if (await hasEncryptedColumns(connection, file)) throw new Error('its columns are encrypted')
  const [about] = await connection.rows<{ rows: number; by: string | null }>(
    `SELECT num_rows AS rows, created_by AS by FROM parquet_file_metadata(${file})`,
  )
  const types = await connection.columns(`SELECT * FROM ${parquetRows(file)}`)
  const names = topNames(await connection.rows(`SELECT name, num_children AS children FROM parquet_schema(${file})`))
  const packed = await connection.rows<{ name: string }>(
    `SELECT DISTINCT lower(compression) AS name FROM parquet_metadata(${file}) WHERE compression IS NOT NULL ORDER BY name`,
  )
  if (isWhole) await connection.run(`SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM ${parquetRows(file)}`)
  return {
    columns: types.map(({ name, type }, at) => ({ name: names[at] ?? name, type })),
    rows: Number(about?.rows ?? 0),
    writtenBy: about?.by ?? null,
    compression: packed.map(({ name }) => name),
  }
}

/** DuckDB shows the keys of a file whose footer is not encrypted and whose columns are as text, which they are not. */
async function hasEncryptedColumns(connection: DuckConnection, file: string): Promise<boolean> {
  await connection.rows(`SELECT name FROM parquet_schema(${file})`)
  try {
    return (await connection.value<boolean>(`SELECT encryption_algorithm IS NOT NULL FROM parquet_file_metadata(${file})`)) === true
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('Invalid unicode')) return true
    throw thrown
  }
}

/** Folders that are called `key=value` add no columns. @param list of files, as SQL */
export const parquetRows = (list: string, isNumbered = false): string =>
  `read_parquet(${list}, hive_partitioning = false${isNumbered ? ', file_row_number = true' : ''})`

/** The names of the columns as the file has them: DuckDB changes those that differ in their case alone. */
function topNames(elements: readonly { readonly name?: unknown; readonly children?: unknown }[]): readonly string[] {
  const names: string[] = []
  const skip = (at: number): number => {
    let next = at + 1
    for (let left = Number(elements[at]?.children ?? 0); left > 0; left--) next = skip(next)
    return next
  }
  for (let at = 1; at < elements.length; at = skip(at)) names.push(String(elements[at]?.name ?? ''))
  return names
}

const again = 'Ask for the file again.'

function errorOf(message: string): Error {
  const [first = ''] = message.split('\n')
  const words = first
    .replace(/^Invalid (?:Input )?Error: /, '')
    .replace(/(?:in |File |Failed to read )?(?:file )?["']\/[^"']*["']:?\s*/i, '')
    .trim()
  if (/encrypted/i.test(message)) return fileErrors.encrypted('it is encrypted', { next: 'Have it written without encryption.' })
  if (/Out of Memory/i.test(message))
    return fileErrors.limit('reading it takes more than 512 MiB of memory', { next: 'Have it written in smaller groups of rows.' })
  if (/not implemented|unsupported|not supported/i.test(message))
    return fileErrors.unsupported(`DuckDB does not read it: ${words}`, { next: 'Have it written with the usual encodings of Parquet.' })
  return fileErrors.damaged(`it cannot be read as Parquet: ${words}`, { next: again })
}
