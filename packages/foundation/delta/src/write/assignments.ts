import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from '../errors.ts'
import { type Expression, parseExpression } from '../expression.ts'
import { assign } from '../schema/assign.ts'
import { type StructType, toDuckType } from '../schema/schema.ts'
import { describe, quoteIdentifier } from '../sql.ts'
import { position } from './removed-rows.ts'
import type { SetClause } from './request.ts'

/** The expression for the value of each assigned column. */
export type Values = ReadonlyMap<string, Expression>

/** Throws `schema.mismatch` for a column that the table lacks, unless the schema may evolve. A plain NULL takes the column's type. */
export async function valuesOf(connection: DuckDBConnection, set: SetClause, schema: StructType, evolve: boolean): Promise<Values> {
  const values = new Map<string, Expression>()
  for (const [name, text] of Object.entries(set)) {
    const field = schema.fields.find((f) => f.name.toLowerCase() === name.toLowerCase())
    if (field === undefined && !evolve) {
      const known = schema.fields.map((f) => f.name).join(', ')
      throw new DeltaError('schema.mismatch', `The table has no column ${name}.`, `Name one of: ${known}.`, { column: name })
    }
    if (values.has(field?.name ?? name))
      throw new DeltaError('schema.mismatch', `The column ${name} gets two values.`, 'Assign it once.', { column: name })
    const value = await parseExpression(connection, text, 'value')
    const isNull = value.tree.class === 'CONSTANT' && (value.tree.value as { readonly is_null: boolean }).is_null
    values.set(field?.name ?? name, isNull && field !== undefined ? { ...value, sql: `CAST(NULL AS ${toDuckType(field.type)})` } : value)
  }
  return values
}

/** New rows before the cast to the table's columns. */
export interface Coming {
  /** Column names and their SQL over the relations of `from`. */
  readonly columns: readonly (readonly [name: string, sql: string])[]
  /** The FROM clause and everything after it. */
  readonly from: string
  readonly change: 'insert' | 'update_postimage'
  /** The FROM clause to bind the expressions against, when `from` omits a relation that they do not need. */
  readonly bind?: string
}

export interface Fresh {
  readonly schema: StructType
  readonly evolved: boolean
  /** A SELECT of the schema's columns and `position.change`. `undefined` when there can be no new row. */
  readonly select: string | undefined
}

/**
 * All new rows in one SELECT, by the rules of every write: columns by name without regard to case, no cast that loses digits, required
 * columns.
 */
export async function freshRows(
  connection: DuckDBConnection,
  schema: StructType,
  evolve: boolean,
  coming: readonly Coming[],
): Promise<Fresh> {
  const described: { readonly coming: Coming; readonly columns: { name: string; type: string }[] }[] = []
  let after = schema
  for (const rows of coming) {
    const columns = await describe(connection, `SELECT ${listOf(rows.columns)} ${rows.bind ?? rows.from}`)
    after = assign(after, columns, evolve).schema
    described.push({ coming: rows, columns })
  }
  const selects = described.map(({ coming: { columns, from, change }, columns: types }) => {
    const expressions = assign(after, types, false).expressions.map(({ field, sql }) => `${sql} AS ${quoteIdentifier(field.name)}`)
    return `SELECT ${expressions.join(', ')}, '${change}' AS ${position.change} FROM (SELECT ${listOf(columns)} ${from})`
  })
  return {
    schema: after,
    evolved: after.fields.length > schema.fields.length,
    select: selects.length === 0 ? undefined : selects.join(' UNION ALL '),
  }
}

function listOf(columns: Coming['columns']): string {
  return columns.map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`).join(', ')
}
