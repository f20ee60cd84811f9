import { DeltaError } from '../errors.ts'
import { deepestType, depthOf, nestsTooDeep } from './depth.ts'

/** Types as the log spells them (PROTOCOL.md, Schema Serialization Format). Decimals are `decimal(precision,scale)`. */
export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'double'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'binary'
  | `decimal(${number},${number})`
export interface ArrayType {
  readonly type: 'array'
  readonly elementType: DeltaType
  readonly containsNull: boolean
}
export interface MapType {
  readonly type: 'map'
  readonly keyType: DeltaType
  readonly valueType: DeltaType
  readonly valueContainsNull: boolean
}
export interface StructType {
  readonly type: 'struct'
  readonly fields: readonly Field[]
}
export type DeltaType = PrimitiveType | ArrayType | MapType | StructType
export interface Field {
  readonly name: string
  readonly type: DeltaType
  readonly nullable: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}
/** A column as a caller writes it. It is nullable and has no metadata by default. */
export interface Column {
  readonly name: string
  readonly type: DeltaType
  readonly nullable?: boolean
  readonly metadata?: Readonly<Record<string, unknown>>
}

export function schemaOf(columns: readonly Column[]): StructType {
  return {
    type: 'struct',
    fields: columns.map((c) => ({ name: c.name, type: c.type, nullable: c.nullable ?? true, metadata: c.metadata ?? {} })),
  }
}

const duckTypes: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  double: 'DOUBLE',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
  binary: 'BLOB',
}

/** The DuckDB type with which a column of this Delta type is read and written. */
export function toDuckType(type: DeltaType): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type)
    if (decimal !== undefined) return `DECIMAL(${decimal.precision},${decimal.scale})`
    const known = duckTypes[type]
    if (known === undefined) throw invalid(`This library does not know the Delta type ${type}.`)
    return known
  }
  switch (type.type) {
    case 'array':
      return `${toDuckType(type.elementType)}[]`
    case 'map':
      return `MAP(${toDuckType(type.keyType)}, ${toDuckType(type.valueType)})`
    case 'struct':
      return `STRUCT(${type.fields.map((f) => `"${f.name.replaceAll('"', '""')}" ${toDuckType(f.type)}`).join(', ')})`
    default:
      return unknownType(type)
  }
}

/** Precision and scale of a decimal type; `undefined` for any other type. */
export function decimalOf(type: DeltaType): { precision: number; scale: number } | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+), ?(-?\d+)\)$/.exec(type) : null
  if (match === null) return undefined
  const [precision, scale] = [Number(match[1]), Number(match[2])]
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) throw invalid(`${type} is not a valid decimal type.`)
  return { precision, scale }
}

/**
 * Parses the log's schema string. Spark leaves it out for a table without columns. A type that this library does not know is kept, and
 * reading its column is refused.
 */
export function parseSchema(schemaString: string | undefined): StructType {
  if (schemaString === undefined) return { type: 'struct', fields: [] }
  if (nestsTooDeep(schemaString)) throw tooDeep()
  let parsed: unknown
  try {
    parsed = JSON.parse(schemaString)
  } catch (cause) {
    throw new DeltaError('log.corrupt', 'The schema in the log is not JSON.', 'Restore the log from a backup.', {}, cause)
  }
  const schema = parsed as Partial<StructType> | null
  if (schema?.type !== 'struct' || !Array.isArray(schema.fields)) {
    throw new DeltaError('log.corrupt', 'The schema in the log is not a struct.', 'Restore the log from a backup.')
  }
  if (depthOf(schema) > deepestType) throw tooDeep()
  return { type: 'struct', fields: schema.fields.map((f) => ({ ...f, nullable: f.nullable ?? true, metadata: f.metadata ?? {} })) }
}

/** The leaves below structs, depth first, with their paths. Arrays and maps count as leaves: they have no minimum or maximum. */
export function leavesOf(fields: readonly Field[], above: readonly string[] = []): { path: readonly string[]; type: DeltaType }[] {
  return fields.flatMap((field) => {
    const path = [...above, field.name]
    return typeof field.type !== 'string' && field.type.type === 'struct' ? leavesOf(field.type.fields, path) : [{ path, type: field.type }]
  })
}

/**
 * Throws `schema.invalid` for a schema that some Delta reader rejects. Column mapping lifts the limits that Parquet readers set on names.
 */
export function checkSchema(schema: StructType, partitionColumns: readonly string[], mapped = false): void {
  if (schema.fields.length === 0) throw invalid('A table needs at least one column.')
  if (depthOf(schema) > deepestType) throw tooDeep()
  checkNames(schema.fields, mapped)
  for (const field of schema.fields) toDuckType(field.type)
  const byName = new Map(schema.fields.map((f) => [f.name, f]))
  if (new Set(partitionColumns).size !== partitionColumns.length) throw invalid('A partition column is named twice.')
  for (const name of partitionColumns) {
    const field = byName.get(name)
    if (field === undefined) throw invalid(`The partition column ${name} is not a column.`)
    if (typeof field.type !== 'string' || field.type === 'binary')
      throw invalid(`The column ${name} cannot be a partition column: its type has no text form.`)
  }
  if (partitionColumns.length === schema.fields.length) throw invalid('At least one column must not be a partition column.')
}

function checkNames(fields: readonly Field[], mapped: boolean): void {
  const seen = new Set<string>()
  for (const { name, type } of fields) {
    if (name === '' || (!mapped && /[ ,;{}()\n\t=]/.test(name)))
      throw invalid(
        `The column name ${JSON.stringify(name)} is empty or contains one of " ,;{}()=", a tab or a line end. Such names need delta.columnMapping.mode.`,
      )
    if (seen.has(name.toLowerCase())) throw invalid(`The column ${name} appears twice (upper and lower case are the same).`)
    seen.add(name.toLowerCase())
    checkInner(type, mapped)
  }
}

function checkInner(type: DeltaType, mapped: boolean): void {
  if (typeof type === 'string') return
  switch (type.type) {
    case 'array':
      checkInner(type.elementType, mapped)
      return
    case 'map':
      checkInner(type.keyType, mapped)
      checkInner(type.valueType, mapped)
      return
    case 'struct':
      checkNames(type.fields, mapped)
      return
    default:
      unknownType(type)
  }
}

const tooDeep = (): DeltaError => invalid(`The schema nests more than ${deepestType} types within each other.`)

function invalid(message: string): DeltaError {
  return new DeltaError('schema.invalid', message, 'Change the schema and try again.')
}

/**
 * Closes a switch over types. The log may hold a type that no case knows, such as Spark's `udt`. It counts as a type without inner fields,
 * and `toDuckType` refuses it when its column is read.
 */
export function asLeaf<Answer>(_type: never, answer: Answer): Answer {
  return answer
}

function unknownType(type: never): never {
  throw invalid(`The type ${JSON.stringify(type)} is not a Delta type.`)
}
