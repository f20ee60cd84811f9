import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from '../errors.ts'
import type { Expression } from '../expression.ts'
import { nearest } from '../options/near.ts'
import type { TableShape } from '../read/prune.ts'
import { toDuckType } from '../schema/schema.ts'
import { describe, quoteIdentifier } from '../sql.ts'

/**
 * Throws `schema.mismatch` for a column that the table lacks. DuckDB's own message would offer names that only the plan has. A name that is
 * not a column may be the parameter of a lambda, so DuckDB decides, and only then.
 */
export async function checkColumns(connection: DuckDBConnection, { sql, references }: Expression, { schema }: TableShape): Promise<void> {
  const names = schema.fields.map(({ name }) => name)
  const known = new Set(names.map((name) => name.toLowerCase()))
  const columnOf = (path: readonly string[]) => (path.length > 1 && path[0]?.toLowerCase() === 'target' ? path[1] : path[0]) ?? ''
  const strange = references.map(columnOf).filter((name) => !known.has(name.toLowerCase()))
  if (strange.length === 0) return
  const columns = schema.fields.map((field) => `CAST(NULL AS ${toDuckType(field.type)}) AS ${quoteIdentifier(field.name)}`)
  try {
    await describe(connection, `SELECT ${sql} FROM (SELECT ${columns.join(', ')}) AS target`)
  } catch (cause) {
    const column = cause instanceof DeltaError ? strange.find((name) => cause.message.includes(`"${name}"`)) : undefined
    if (column === undefined) throw cause
    const near = nearest(column, names)
    throw new DeltaError(
      'schema.mismatch',
      `The table has no column ${column}.`,
      `${near === undefined ? '' : `Did you mean ${near}? `}Name one of: ${names.join(', ')}. A text stands in single quotes.`,
      { column },
      cause,
    )
  }
}
