import { DeltaError } from '../errors.ts'
import { quoteIdentifier } from '../sql.ts'
import { type DeltaType, decimalOf, type Field, fromDuckType, type StructType, toDuckType } from './schema.ts'

export interface Assignment {
  /** The table's schema after the write: longer by the new columns when it evolves. */
  readonly schema: StructType
  readonly evolved: boolean
  /** One expression a column of the schema, in its order, over the columns of the query. */
  readonly expressions: readonly { readonly field: Field; readonly sql: string }[]
}

/**
 * How the columns of a query become the columns of the table, by name ignoring case. A nullable column the query lacks is NULL. Throws
 * `schema.mismatch` for an unknown column (unless the schema may evolve), a missing required one, and a cast that would lose digits in silence.
 */
export function assign(
  schema: StructType,
  query: readonly { readonly name: string; readonly type: string }[],
  evolve: boolean,
): Assignment {
  const given = new Map<string, { name: string; type: string }>()
  for (const column of query) {
    if (given.has(column.name.toLowerCase()))
      throw mismatch(column.name, `The query has two columns named ${column.name}.`, 'Give each column its own name.')
    given.set(column.name.toLowerCase(), column)
  }
  const known = new Set(schema.fields.map((f) => f.name.toLowerCase()))
  const extra = query.filter((column) => !known.has(column.name.toLowerCase()))
  const [stranger] = extra
  if (stranger !== undefined && !evolve) {
    throw mismatch(
      stranger.name,
      `The table has no column ${stranger.name}.`,
      'Leave the column out of the query, or write with evolve: true to add it.',
    )
  }
  const fields = [...schema.fields, ...extra.map(newField)]
  return {
    schema: { type: 'struct', fields },
    evolved: extra.length > 0,
    expressions: fields.map((field) => ({ field, sql: expressionFor(field, given.get(field.name.toLowerCase())) })),
  }
}

function newField(column: { name: string; type: string }): Field {
  const type = fromDuckType(column.type)
  if (type === undefined)
    throw mismatch(
      column.name,
      `The new column ${column.name} has the DuckDB type ${column.type}, for which no Delta type stands.`,
      'Cast it in the query.',
    )
  return { name: column.name, type, nullable: true, metadata: {} }
}

function expressionFor(field: Field, given: { name: string; type: string } | undefined): string {
  const type = toDuckType(field.type)
  if (given === undefined) {
    if (!field.nullable) throw mismatch(field.name, `The query lacks the required column ${field.name}.`, 'Select the column.')
    return `CAST(NULL AS ${type})`
  }
  const loss = lossOf(given.type, field.type)
  if (loss !== undefined) {
    throw mismatch(
      field.name,
      `The column ${field.name} is ${typeName(field.type)}; the query gives ${given.type}, and ${loss}.`,
      `Say so in the query: CAST(${given.name} AS ${type}).`,
    )
  }
  const column = quoteIdentifier(given.name)
  return given.type === type ? column : `CAST(${column} AS ${type})`
}

const whole = new Set(['long', 'integer', 'short', 'byte'])

/** Casts of DuckDB that change a value without an error. Overflow is not among them: it raises. */
function lossOf(given: string, wanted: DeltaType): string | undefined {
  if (typeof wanted !== 'string') return undefined
  const decimal = /^DECIMAL\(\d+,(\d+)\)$/.exec(given)
  const target = decimalOf(wanted)
  if (given === 'DOUBLE' || given === 'FLOAT') return whole.has(wanted) || target !== undefined ? 'the cast would round' : undefined
  if (decimal !== null) {
    const scale = Number(decimal[1])
    if (whole.has(wanted) && scale > 0) return 'the cast would round'
    if (target !== undefined && target.scale < scale) return 'the cast would round'
    return undefined
  }
  if (given === 'VARCHAR' || given === 'JSON') return whole.has(wanted) || target !== undefined ? 'the cast would round' : undefined
  if (given.startsWith('TIMESTAMP') && wanted === 'date') return 'the cast would cut the time'
  if (given === 'TIMESTAMP_NS' && (wanted === 'timestamp' || wanted === 'timestamp_ntz')) return 'the cast would cut nanoseconds'
  return undefined
}

function typeName(type: DeltaType): string {
  return typeof type === 'string' ? type : type.type
}

function mismatch(column: string, message: string, next: string): DeltaError {
  return new DeltaError('schema.mismatch', message, next, { column })
}
