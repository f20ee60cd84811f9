import { DeltaError } from '../errors.ts'
import { quoteIdentifier } from '../sql.ts'
import { type DuckType, parseDuckType, toDeltaType } from './duck-type.ts'
import { exactCast, mayRound } from './exact-cast.ts'
import { type DeltaType, decimalOf, type Field, type StructType, toDuckType } from './schema.ts'

export interface Assignment {
  /** The table's schema after the write. It has more columns when the schema evolves. */
  readonly schema: StructType
  readonly evolved: boolean
  /** One expression for each column of the schema, in its order, over the columns of the query. */
  readonly expressions: readonly { readonly field: Field; readonly sql: string }[]
}

/**
 * How the columns of a query become the columns of the table: by name without regard to case, at every depth. A nullable column that the
 * query lacks becomes NULL. Throws `schema.mismatch` for an unknown column or field (unless the schema may evolve), for a missing required
 * column, and for a cast that would silently lose digits.
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
  const before = schema.fields.map((field) => {
    const column = given.get(field.name.toLowerCase())
    const type = column === undefined ? field.type : fit(field.type, parseDuckType(column.type), [field.name], evolve)
    return type === field.type ? field : { ...field, type }
  })
  const fields = [...before, ...extra.map(({ name, type }) => newField(name, parseDuckType(type), [name]))]
  return {
    schema: { type: 'struct', fields },
    evolved: extra.length > 0 || before.some((field, index) => field !== schema.fields[index]),
    expressions: fields.map((field) => ({ field, sql: expressionFor(field, given.get(field.name.toLowerCase())) })),
  }
}

function newField(name: string, given: DuckType, path: readonly string[]): Field {
  const type = toDeltaType(given)
  if (type === undefined)
    throw mismatch(
      path.join('.'),
      `The new column ${path.join('.')} has the DuckDB type ${describeType(given)}, which has no Delta type.`,
      'Cast it to another type in the query.',
    )
  return { name, type, nullable: true, metadata: {} }
}

/** The table's type with the fields that only the query has. DuckDB itself would silently drop them. */
function fit(type: DeltaType, given: DuckType, path: readonly string[], evolve: boolean): DeltaType {
  if (typeof type === 'string') {
    if (given.kind === 'scalar') checkLoss(type, given.text, path)
    return type
  }
  if (type.type === 'array' && given.kind === 'list') {
    const elementType = fit(type.elementType, given.element, [...path, 'element'], evolve)
    return elementType === type.elementType ? type : { ...type, elementType }
  }
  if (type.type === 'map' && given.kind === 'map') {
    const keyType = fit(type.keyType, given.key, [...path, 'key'], evolve)
    const valueType = fit(type.valueType, given.value, [...path, 'value'], evolve)
    return keyType === type.keyType && valueType === type.valueType ? type : { ...type, keyType, valueType }
  }
  return type.type === 'struct' && given.kind === 'struct' ? fitStruct(type, given, path, evolve) : type
}

function fitStruct(type: StructType, given: Extract<DuckType, { kind: 'struct' }>, path: readonly string[], evolve: boolean): StructType {
  const coming = new Map(given.fields.map((field) => [field.name.toLowerCase(), field]))
  const before = type.fields.map((field) => {
    const inner = coming.get(field.name.toLowerCase())
    coming.delete(field.name.toLowerCase())
    const fitted = inner === undefined ? field.type : fit(field.type, inner.type, [...path, field.name], evolve)
    return fitted === field.type ? field : { ...field, type: fitted }
  })
  const added = [...coming.values()].map((field) => newField(field.name, field.type, [...path, field.name]))
  const [stranger] = added
  if (stranger !== undefined && !evolve) {
    const column = [...path, stranger.name].join('.')
    throw mismatch(column, `The table has no field ${column}.`, 'Leave the field out of the query, or write with evolve: true to add it.')
  }
  return added.length === 0 && before.every((field, index) => field === type.fields[index])
    ? type
    : { ...type, fields: [...before, ...added] }
}

function checkLoss(wanted: DeltaType, given: string, path: readonly string[]): void {
  // The values of a column are looked at one by one, those inside of lists, maps and structs are not.
  const loss = lossOf(given, wanted) ?? (path.length > 1 && mayRound(given, wanted) ? 'the cast may round' : undefined)
  if (loss === undefined) return
  throw mismatch(
    path.join('.'),
    `The column ${path.join('.')} has the type ${typeName(wanted)}, but the query gives ${given}: ${loss}.`,
    `If this is intended, cast in the query: CAST(… AS ${toDuckType(wanted)}).`,
  )
}

function describeType(type: DuckType): string {
  return type.kind === 'scalar' ? type.text : type.kind
}

function expressionFor(field: Field, given: { name: string; type: string } | undefined): string {
  const type = toDuckType(field.type)
  if (given === undefined) {
    if (!field.nullable) throw mismatch(field.name, `The query lacks the required column ${field.name}.`, 'Select the column.')
    return `CAST(NULL AS ${type})`
  }
  return exactCast(field.name, quoteIdentifier(given.name), given.type, field.type)
}

const whole = new Set(['long', 'integer', 'short', 'byte'])

/** Casts of DuckDB that change a value without an error. Overflow is not one of them: it raises an error. */
function lossOf(given: string, wanted: DeltaType): string | undefined {
  if (typeof wanted !== 'string') return undefined
  if (wanted === 'boolean' && isNumber(given)) return 'the cast would make true of every number but 0'
  const decimal = /^DECIMAL\(\d+,(\d+)\)$/.exec(given)
  const target = decimalOf(wanted)
  if (given === 'DOUBLE' || given === 'FLOAT') return whole.has(wanted) || target !== undefined ? 'the cast would round' : undefined
  if (decimal !== null) {
    const scale = Number(decimal[1])
    if (whole.has(wanted) && scale > 0) return 'the cast would round'
    if (target !== undefined && target.scale < scale) return 'the cast would round'
    return undefined
  }
  if (given === 'VARCHAR' || given === 'JSON')
    return whole.has(wanted) || target !== undefined
      ? 'the cast would round a text such as 1.5, and fail for one that is not a number'
      : undefined
  if (given.startsWith('TIMESTAMP') && wanted === 'date') return 'the cast would cut the time'
  if (given === 'TIMESTAMP_NS' && (wanted === 'timestamp' || wanted === 'timestamp_ntz')) return 'the cast would cut nanoseconds'
  return undefined
}

const isNumber = (given: string) =>
  given === 'DOUBLE' || given === 'FLOAT' || /^(DECIMAL\(|U?(TINY|SMALL|BIG|HUGE)INT$|U?INTEGER$)/.test(given)

function typeName(type: DeltaType): string {
  return typeof type === 'string' ? type : type.type
}

function mismatch(column: string, message: string, next: string): DeltaError {
  return new DeltaError('schema.mismatch', message, next, { column })
}
