import type { ColumnType } from '@sluice/author'

/**
 * The type of a dataset that holds all values of a column whose type the file says; `undefined` where there is none, and the column is
 * declared as text.
 * @param type of DuckDB
 */
export function saidType(type: string): ColumnType | undefined {
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? []
  if (precision !== undefined) return { kind: 'decimal', precision: Number(precision), scale: Number(scale) }
  return types[type]
}

const bigint: ColumnType = { kind: 'bigint' }
const integer: ColumnType = { kind: 'integer' }
const double: ColumnType = { kind: 'double' }
const timestamp: ColumnType = { kind: 'timestamp' }

/** A HUGEINT may have 39 digits, which no decimal holds. */
const types: Readonly<Record<string, ColumnType>> = {
  BOOLEAN: { kind: 'boolean' },
  TINYINT: integer,
  SMALLINT: integer,
  INTEGER: integer,
  UTINYINT: integer,
  USMALLINT: integer,
  UINTEGER: bigint,
  BIGINT: bigint,
  UBIGINT: { kind: 'decimal', precision: 20, scale: 0 },
  FLOAT: double,
  DOUBLE: double,
  DATE: { kind: 'date' },
  TIMESTAMP: timestamp,
  TIMESTAMP_S: timestamp,
  TIMESTAMP_MS: timestamp,
  TIMESTAMP_NS: timestamp,
  'TIMESTAMP WITH TIME ZONE': timestamp,
}
