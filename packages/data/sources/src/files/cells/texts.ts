import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import type { FileColumn } from '../reader.ts'
import type { Texts } from './conventions.ts'

const most = 5000

/** The first texts of a file that DuckDB reads already. @param numbered SELECT of all records with `_row` before the columns */
export async function textsOf(connection: DuckConnection, columns: readonly FileColumn[], numbered: string): Promise<Texts> {
  const names = columns.map(({ name, type }) => (type === 'VARCHAR' ? quoteIdentifier(name) : 'NULL'))
  const cells = names.length === 0 ? '[]' : `[${names.join(', ')}]`
  const rows = await connection.rows<{ line: number; cells: (string | null)[] }>(
    `SELECT _row AS line, ${cells}::VARCHAR[] AS cells FROM (${numbered}) LIMIT ${most + 1}`,
  )
  return { sample: rows.slice(0, most), whole: rows.length <= most, numbered }
}
