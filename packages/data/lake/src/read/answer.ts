import { answered, type Columns, type ColumnType, type RowOf, refuseOtherColumns } from '@sluice/author'
import type { Json } from '@sluice/core'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'

/** The rows of a SELECT as rows of these columns. @throws `definition.invalid` where it gives others */
export async function answerOf<C extends Columns>(connection: DuckConnection, columns: C, select: string): Promise<readonly RowOf<C>[]> {
  const given = await connection.columns(select)
  refuseOtherColumns(
    columns,
    given.map((column) => ({ ...column, gives: kindsOf(column.type) })),
  )
  const instants = given.filter(({ type }) => type.startsWith('TIMESTAMP')).map(({ name }) => quoteIdentifier(name))
  const epochs = instants.map((name) => `epoch_ms(${name}) AS ${name}`).join(', ')
  const rows = await connection.rows(instants.length === 0 ? select : `SELECT * REPLACE (${epochs}) FROM (${select}\n)`)
  const parsed = Object.entries(columns).flatMap(([name, { type }]) => (type.kind === 'json' ? [name] : []))
  return answered(
    columns,
    rows.map((row) => ({ ...row, ...Object.fromEntries(parsed.map((name) => [name, jsonIn(row[name])])) })),
  )
}

const jsonIn = (value: unknown): Json => (typeof value === 'string' ? (JSON.parse(value) as Json) : null)

/** What a DuckDB type gives: the narrowest kind first. JSON is text in the lake. */
function kindsOf(type: string): readonly ColumnType['kind'][] {
  if (type === 'VARCHAR' || type === 'JSON' || type.startsWith('ENUM(')) return ['text', 'json']
  if (type.startsWith('DECIMAL(')) return ['decimal']
  if (type.startsWith('TIMESTAMP')) return ['timestamp']
  return kinds[type] ?? []
}

const kinds: Readonly<Record<string, readonly ColumnType['kind'][]>> = {
  BOOLEAN: ['boolean'],
  DATE: ['date'],
  FLOAT: ['double'],
  DOUBLE: ['double'],
  TINYINT: ['integer', 'bigint'],
  UTINYINT: ['integer', 'bigint'],
  SMALLINT: ['integer', 'bigint'],
  USMALLINT: ['integer', 'bigint'],
  INTEGER: ['integer', 'bigint'],
  UINTEGER: ['bigint'],
  BIGINT: ['bigint'],
  UBIGINT: ['bigint'],
  HUGEINT: ['bigint'],
}
