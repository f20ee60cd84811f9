import { readFile } from 'node:fs/promises'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import avsc from 'avsc'
import { streamXlsxRows } from 'hucre/xlsx'
import type { Kind } from './reading.ts'
import { typesOfDuckDB } from './rows.ts'

/**
 * The rows that others read of a file. Of text it is DuckDB, which casts them and writes Parquet; it reads neither Avro nor workbooks by
 * itself, so that there it is a library whose records are counted and written nowhere. @returns how many
 */
export async function rawRows(connection: DuckConnection, kind: Kind, file: string, target: string): Promise<number> {
  switch (kind) {
    case 'avro':
      return await counted(avsc.createFileDecoder(file))
    case 'excel':
      // The first row has the names.
      return (await counted(streamXlsxRows(await readFile(file)))) - 1
    default:
      return await connection.run(
        `COPY (SELECT * FROM ${byDuckDB(kind, quoteLiteral(file))}) TO ${quoteLiteral(target)} (FORMAT parquet, COMPRESSION zstd)`,
      )
  }
}

export const duckdbColumns = `{${Object.entries(typesOfDuckDB)
  .map(([name, type]) => `'${name}': '${type}'`)
  .join(', ')}}`

const byDuckDB = (kind: 'csv' | 'jsonl', file: string): string =>
  kind === 'jsonl'
    ? `read_json(${file}, format = 'newline_delimited', columns = ${duckdbColumns})`
    : `read_csv(${file}, header = true, columns = ${duckdbColumns})`

async function counted(records: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of records) count++
  return count
}
