import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError, unsupported } from '../errors.ts'
import type { DeltaType, Field, StructType } from '../schema/schema.ts'
import { asLeaf } from '../schema/schema.ts'
import { quoteIdentifier, quoteLiteral } from '../sql.ts'
import { toRowCondition } from './expression.ts'

/** A condition that every row of a write must satisfy. */
export interface RowCheck {
  /** The name of the constraint or of the column. */
  readonly name: string
  readonly kind: 'constraint' | 'invariant' | 'required'
  /** A condition over the columns of the table. A row passes when it is TRUE. */
  readonly sql: string
  /** The top-level columns that the condition reads. */
  readonly columns: readonly string[]
}

const prefix = 'delta.constraints.'

/** The name and the expression of each CHECK constraint. */
export function constraintsOf(configuration: Readonly<Record<string, string>>): { readonly name: string; readonly text: string }[] {
  return Object.entries(configuration).flatMap(([key, text]) => (key.startsWith(prefix) ? [{ name: key.slice(prefix.length), text }] : []))
}

/**
 * CHECK constraints, column invariants, and NOT NULL inside nested columns (PROTOCOL.md, CHECK Constraints, Column Invariants). Throws
 * `protocol.unsupported` for an expression that DuckDB may evaluate differently from Spark. Required top-level scalars need no check: the
 * statistics of a COPY count their NULLs.
 */
export async function rowChecks(
  connection: DuckDBConnection,
  schema: StructType,
  configuration: Readonly<Record<string, string>>,
): Promise<RowCheck[]> {
  const checks = schema.fields.flatMap(requiredInside)
  for (const { name, text } of constraintsOf(configuration)) {
    const refuse = (why: string) => unsupported('checkConstraints', `the constraint ${name} cannot be enforced: ${text} ${why}`)
    checks.push({ name, kind: 'constraint', ...(await toRowCondition(connection, text, schema, refuse)) })
  }
  for (const { field, text } of invariantsOf(schema)) {
    const refuse = (why: string) => unsupported('invariants', `the invariant of ${field.name} cannot be enforced: ${text} ${why}`)
    checks.push({ name: field.name, kind: 'invariant', ...(await toRowCondition(connection, text, schema, refuse)) })
  }
  return checks
}

function invariantsOf(schema: StructType): { readonly field: Field; readonly text: string }[] {
  return schema.fields.flatMap((field) => {
    const json = field.metadata['delta.invariants']
    if (json === undefined) return []
    const text = invariantText(json)
    if (text === undefined)
      throw unsupported('invariants', `the invariant of ${field.name} is not of the form {"expression": {"expression": …}}`)
    return [{ field, text }]
  })
}

function invariantText(json: unknown): string | undefined {
  try {
    const parsed = JSON.parse(String(json)) as { readonly expression?: { readonly expression?: unknown } } | null
    const text = parsed?.expression?.expression
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** NOT NULL of a nested column and of its fields. A required field is checked only where its struct is not NULL. */
function requiredInside(field: Field): RowCheck[] {
  if (typeof field.type === 'string') return []
  const column = quoteIdentifier(field.name)
  const conditions = [...(field.nullable ? [] : [`${column} IS NOT NULL`]), ...within(column, field.type, 0)]
  return conditions.map((sql) => ({ name: field.name, kind: 'required', sql, columns: [field.name] }))
}

function within(sql: string, type: DeltaType, depth: number): string[] {
  if (typeof type === 'string') return []
  const each = `e${depth}`
  const everywhere = (list: string, element: DeltaType, nullable: boolean) => {
    const conditions = [...(nullable ? [] : [`${each} IS NOT NULL`]), ...within(each, element, depth + 1)]
    return conditions.length === 0
      ? []
      : [`coalesce(len(list_filter(${list}, lambda ${each}: (${conditions.join(' AND ')}) IS NOT TRUE)) = 0, true)`]
  }
  switch (type.type) {
    case 'array':
      return everywhere(sql, type.elementType, type.containsNull)
    case 'map':
      return [
        ...everywhere(`map_keys(${sql})`, type.keyType, true),
        ...everywhere(`map_values(${sql})`, type.valueType, type.valueContainsNull),
      ]
    case 'struct':
      return type.fields.flatMap((field) => {
        const inner = `struct_extract(${sql}, ${quoteLiteral(field.name)})`
        const conditions = [...(field.nullable ? [] : [`${inner} IS NOT NULL`]), ...within(inner, field.type, depth)]
        return conditions.map((condition) => `(${sql} IS NULL OR ${condition})`)
      })
    default:
      return asLeaf(type, [])
  }
}

/** An error shows at most this many columns of a row. */
const shown = 16

/** Gives the value for rows that pass. Any other row raises an error with its values, which `violation` reads. */
export function guarded(checks: readonly RowCheck[], value: string): string {
  if (checks.length === 0) return value
  const branches = checks.map(({ sql, columns }, index) => {
    const values = columns.slice(0, shown).map((name) => `${quoteIdentifier(name)} := ${quoteIdentifier(name)}`)
    const row = values.length === 0 ? "'{}'" : `to_json(struct_pack(${values.join(', ')}))`
    return `WHEN (${sql}) IS NOT TRUE THEN error('delta-check ${index} ' || ${row}::VARCHAR)`
  })
  return `CASE ${branches.join(' ')} ELSE ${value} END`
}

/** The `rows.invalid` for an error that `guarded` raised; `undefined` for any other error. */
export function violation(checks: readonly RowCheck[], cause: unknown): DeltaError | undefined {
  const match = cause instanceof DeltaError && cause.code === 'query.failed' ? /delta-check (\d+) (\{.*)/s.exec(cause.message) : null
  const check = checks[Number(match?.[1] ?? -1)]
  if (match === null || check === undefined) return undefined
  const row = match[2] ?? ''
  const facts = { [check.kind === 'constraint' ? 'constraint' : 'column']: check.name, row }
  const what =
    check.kind === 'required' ? `The required column ${check.name} contains NULL` : `A row violates the ${check.kind} ${check.name}`
  return new DeltaError('rows.invalid', `${what}: ${row}.`, 'Filter or correct the rows in the query.', facts)
}
