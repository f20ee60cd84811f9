import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from '../errors.ts'
import type { Expression } from '../expression.ts'
import { nearest } from '../options/near.ts'
import type { TableShape } from '../read/prune.ts'
import { type StructType, toDuckType } from '../schema/schema.ts'
import { describe, quoteIdentifier } from '../sql.ts'

/** The expression over the columns of the table, without its rows. */
const overNothing = (sql: string, { fields }: StructType): string =>
  `SELECT ${sql} FROM (SELECT ${fields.map(({ name, type }) => `CAST(NULL AS ${toDuckType(type)}) AS ${quoteIdentifier(name)}`).join(', ')}) AS target`

/**
 * Throws `expression.invalid` for a condition that is neither true nor false: DuckDB takes every number but 0 for true, and so a delete of
 * everything for an id that was given as the condition.
 */
export async function checkCondition(connection: DuckDBConnection, { sql, tree }: Expression, { schema }: TableShape): Promise<void> {
  // DuckDB describes it as a number.
  if (tree.class === 'CONSTANT' && (tree.value as { readonly is_null?: boolean }).is_null === true) return
  const [column] = await describe(connection, overNothing(sql, schema))
  if (column === undefined || column.type === 'BOOLEAN') return
  throw new DeltaError(
    'expression.invalid',
    `The condition ${sql} gives ${column.type}, not true or false.`,
    "Compare a column with the value, such as id = 5 or name = 'x'.",
    { expression: sql },
  )
}

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
  try {
    await describe(connection, overNothing(sql, schema))
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
