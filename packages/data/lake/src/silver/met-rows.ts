import { columnList } from './row-order.ts'

/**
 * SELECT of the rows whose values of these columns are among those of a relation. A SEMI JOIN means the same, but DuckDB takes each Parquet
 * file for a thousand rows: it may hash all rows of the table and stream the keys. `IN` in a condition like this always hashes the keys
 * (measured with 20,000 keys among 2 M rows: 0.07 s against 0.3 s of processor time).
 */
export function metRows(select: string, columns: readonly string[], relation: string): string {
  const names = columnList(columns)
  return `SELECT * FROM (${select}) AS rows WHERE ((${names}) IN (SELECT ${names} FROM ${relation} AS met)) IS TRUE`
}
