import { fileList, quoteIdentifier } from '@sluice/duckdb'
import { type RecordSelects, refusedSelect } from './opened.ts'
import type { WrittenRecords } from './output.ts'

/** A column of a file of rows, and the SQL of its texts. */
export interface RowsColumnSelect {
  readonly name: string
  readonly sql: string
}

/** The SELECTs of a file whose records stand in a file of rows, the number of each in its first column. */
export async function rowsFileSelects(
  rowsPath: string,
  columns: readonly RowsColumnSelect[],
  refused: WrittenRecords | undefined,
): Promise<RecordSelects> {
  const values = columns.map(({ name, sql }) => `${sql} AS ${quoteIdentifier(name)}`).join(', ')
  const source = `read_parquet(${fileList([rowsPath])})`
  return {
    columns: columns.map(({ name }) => ({ name, type: 'VARCHAR' })),
    rows: `SELECT ${columns.length === 0 ? 'NULL::VARCHAR AS nothing' : values} FROM ${source}`,
    numbered: `SELECT c0 AS _row${columns.length === 0 ? '' : `, ${values}`} FROM ${source}`,
    refused: refused === undefined ? undefined : await refusedSelect(refused),
  }
}
