import { DeltaError, unreachable } from '../errors.ts'
import { isValueOf } from '../files/exact-value.ts'
import { statsOf } from '../files/stats.ts'
import { compareTexts, isExactDecimal, type Scalar, toMicros, widenDecimal } from '../files/values.ts'
import { refused, shown } from '../options/form.ts'
import type { AddFile } from '../protocol/actions.ts'
import { type MappingMode, physicalName } from '../schema/mapping.ts'
import { type DeltaType, decimalOf, type Field, type StructType, toDuckType } from '../schema/schema.ts'
import { quoteIdentifier, quoteLiteral } from '../sql.ts'

/** A condition on one top-level column. In a list all conditions must hold. */
export type Predicate =
  | { readonly column: string; readonly op: '=' | '<' | '<=' | '>' | '>='; readonly value: Scalar }
  | { readonly column: string; readonly op: 'in'; readonly values: readonly Scalar[] }
  | { readonly column: string; readonly op: 'is null' | 'is not null' }

export interface TableShape {
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  /** How data files, statistics and partition values name the columns. */
  readonly mapping: MappingMode
  /** The version of the table, for messages. */
  readonly version?: number
}

/** True only when no row of the file can satisfy the predicates. In doubt the file is kept. */
export function canSkip(file: AddFile, predicates: readonly Predicate[], shape: TableShape): boolean {
  return predicates.some((predicate) => {
    const field = fieldOf(predicate.column, shape)
    const name = physicalName(field, shape.mapping)
    const bounds = shape.partitionColumns.includes(predicate.column) ? partitionBounds(file, name) : statsBounds(file, name, field)
    return excludes(bounds, predicate, field.type)
  })
}

/**
 * True only when every row of the file has this value in the column, so that the whole file can be removed. Always false for instants,
 * whose bounds are cut, and for floating point numbers, whose bounds ignore NaN.
 */
export function allRowsHave(file: AddFile, column: string, value: Scalar, shape: TableShape): boolean {
  if (file.deletionVector !== undefined) return false
  const field = fieldOf(column, shape)
  const { type } = field
  const name = physicalName(field, shape.mapping)
  const equals = (bound: string | null | undefined) => typeof bound === 'string' && compareTexts(type, bound, String(value)) === 0
  if (shape.partitionColumns.includes(column)) return file.partitionValues[name] !== '' && equals(file.partitionValues[name])
  if (type === 'timestamp' || type === 'timestamp_ntz' || type === 'double' || type === 'float') return false
  const stats = statsOf(file)
  const decimal = decimalOf(type)
  if (decimal !== undefined && !isExactDecimal(stats.min([name]) ?? '', decimal)) return false
  return stats.tight && stats.nullCount([name]) === 0 && equals(stats.min([name])) && equals(stats.max([name]))
}

/** The predicates as SQL over the table's columns. */
export function predicateSql(predicates: readonly Predicate[], shape: TableShape): string {
  return predicates.map((predicate) => conditionSql(predicate, fieldOf(predicate.column, shape).type)).join(' AND ')
}

/** Throws `schema.mismatch` for a column that the table lacks, and `option.invalid` for a value that its column cannot hold. */
export function checkPredicates(predicates: readonly Predicate[], shape: TableShape): void {
  for (const predicate of predicates) {
    const field = fieldOf(predicate.column, shape)
    const values = 'values' in predicate ? predicate.values : 'value' in predicate ? [predicate.value] : []
    for (const value of values) checkValue(value, field)
  }
}

/** Throws `option.invalid` for a value that DuckDB would round or could not read as the column's type. */
export function checkValue(value: Scalar, { name, type }: Field): void {
  if (isValueOf(type, value)) return
  const wanted = typeof type === 'string' ? type : type.type
  throw refused(
    `The value for the column ${name}`,
    `must be a value of the type ${wanted}, but it is ${shown(value)}`,
    typeof type === 'string'
      ? `Give a ${wanted} that needs no rounding, or write the condition in SQL.`
      : 'Compare nested values in SQL: a text as where, or WHERE around the scan.',
  )
}

export function literalOf(value: Scalar, type: DeltaType): string {
  return `CAST(${quoteLiteral(String(value))} AS ${toDuckType(type)})`
}

function fieldOf(column: string, { schema }: TableShape): Field {
  const field = schema.fields.find((f) => f.name === column)
  if (field === undefined) {
    throw new DeltaError(
      'schema.mismatch',
      `The table has no column ${column}.`,
      `Name one of: ${schema.fields.map((f) => f.name).join(', ')}.`,
      { column },
    )
  }
  return field
}

function conditionSql(predicate: Predicate, type: DeltaType): string {
  const column = quoteIdentifier(predicate.column)
  switch (predicate.op) {
    case 'is null':
    case 'is not null':
      return `${column} ${predicate.op.toUpperCase()}`
    case 'in':
      return predicate.values.length === 0
        ? 'false'
        : `${column} IN (${predicate.values.map((value) => literalOf(value, type)).join(', ')})`
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `${column} ${predicate.op} ${literalOf(predicate.value, type)}`
    default:
      return unreachable(predicate)
  }
}

interface Bounds {
  readonly min: string | undefined
  readonly max: string | undefined
  /** `undefined` when it is not known. */
  readonly hasNull: boolean | undefined
  readonly hasValue: boolean | undefined
}

function partitionBounds(file: AddFile, column: string): Bounds {
  const value = file.partitionValues[column]
  const isNull = value === null || value === undefined || value === ''
  return isNull
    ? { min: undefined, max: undefined, hasNull: true, hasValue: false }
    : { min: value, max: value, hasNull: false, hasValue: true }
}

function statsBounds(file: AddFile, column: string, { type, metadata }: Field): Bounds {
  const stats = statsOf(file)
  const nulls = stats.nullCount([column])
  // A float's text is not its value as a double, so bounds from before a column was widened are not used.
  const widened = type === 'double' && Object.hasOwn(metadata, 'delta.typeChanges')
  const [min, max] = widened ? [undefined, undefined] : [stats.min([column]), stats.max([column])]
  return {
    min: outer(min, type, -1n),
    max: outer(max, type, 1n),
    hasNull: nulls === undefined || !stats.tight ? undefined : nulls > 0,
    hasValue: nulls === undefined || stats.numRecords === undefined ? undefined : nulls < stats.numRecords,
  }
}

/** A bound that certainly encloses the rows, whatever rounding or cutting the writer did. */
function outer(text: string | undefined, type: DeltaType, outwards: -1n | 1n): string | undefined {
  if (text === undefined) return undefined
  if (type === 'timestamp' || type === 'timestamp_ntz') return widen(text, type, outwards * uncertainMicros(text, type))
  const decimal = decimalOf(type)
  return decimal === undefined || isExactDecimal(text, decimal) ? text : widenDecimal(text, outwards)
}

/**
 * Statistics cut instants to milliseconds: the true bound may lie up to 999 microseconds further out. Before 1972 clocks had offsets with
 * seconds (local mean time), which some versions of Spark cut to minutes, even to `Z`, beside a local time that has them
 * (delta-io/delta#5249): the true bound of such a year may lie up to 59 seconds further out.
 */
function uncertainMicros(text: string, type: 'timestamp' | 'timestamp_ntz'): bigint {
  return type === 'timestamp' && /^\d{4}/.test(text) && Number(text.slice(0, 4)) <= 1972 ? 60_000_000n : 999n
}

function widen(text: string, type: 'timestamp' | 'timestamp_ntz', micros: bigint): string | undefined {
  const bound = toMicros(text, type)
  if (bound === undefined) return undefined
  const wide = bound + micros
  const below = ((wide % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((wide - below) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${below.toString().padStart(6, '0')}Z`
}

function excludes(bounds: Bounds, predicate: Predicate, type: DeltaType): boolean {
  const below = (value: Scalar) => bounds.max !== undefined && (compareTexts(type, bounds.max, String(value)) ?? 0) < 0
  const above = (value: Scalar) => bounds.min !== undefined && (compareTexts(type, bounds.min, String(value)) ?? 0) > 0
  // NaN is greater than every number, and a maximum from another writer may ignore it.
  const mayHoldNan = type === 'double' || type === 'float'
  if (bounds.hasValue === false && predicate.op !== 'is null') return true
  switch (predicate.op) {
    case 'is null':
      return bounds.hasNull === false
    case 'is not null':
      return false
    case '=':
      return below(predicate.value) || above(predicate.value)
    case 'in':
      return predicate.values.every((value) => below(value) || above(value))
    case '<':
      return above(predicate.value) || (bounds.min !== undefined && compareTexts(type, bounds.min, String(predicate.value)) === 0)
    case '<=':
      return above(predicate.value)
    case '>':
      return (
        !mayHoldNan &&
        (below(predicate.value) || (bounds.max !== undefined && compareTexts(type, bounds.max, String(predicate.value)) === 0))
      )
    case '>=':
      return !mayHoldNan && below(predicate.value)
    default:
      return unreachable(predicate)
  }
}
