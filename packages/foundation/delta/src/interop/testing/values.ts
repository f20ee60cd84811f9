import { unreachable } from '../../errors.ts'
import { type DeltaType, decimalOf, type StructType, toDuckType } from '../../schema/schema.ts'
import { quoteLiteral } from '../../sql.ts'

/**
 * A value in the one form in which engines are compared: numbers as texts, decimals with all digits of their scale, instants as
 * `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC, binary values in hexadecimal, structs as objects, maps as sorted pairs.
 */
export type Value = null | boolean | string | readonly Value[] | { readonly [name: string]: Value }
export type Row = Readonly<Record<string, Value>>

/** The canonical form of a value that an engine gives: texts with or without a zone, maps as pairs, objects or `{key, value}`. */
export function canonical(value: unknown, type: DeltaType): Value {
  if (value === null || value === undefined) return null
  if (typeof type === 'string') return scalar(value, type)
  switch (type.type) {
    case 'array':
      return (value as readonly unknown[]).map((inner) => canonical(inner, type.elementType))
    case 'struct':
      return Object.fromEntries(type.fields.map((f) => [f.name, canonical((value as Record<string, unknown>)[f.name], f.type)]))
    case 'map':
      return pairsOf(value)
        .map(([key, inner]) => [canonical(key, type.keyType), canonical(inner, type.valueType)])
        .sort((a, b) => compareTexts(String(a[0]), String(b[0])))
    default:
      return unreachable(type)
  }
}

export function canonicalRow(row: Readonly<Record<string, unknown>>, schema: StructType): Row {
  return Object.fromEntries(schema.fields.map((f) => [f.name, canonical(row[f.name], f.type)]))
}

/** Sorts rows by their contents alone. */
export function sorted(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, key: JSON.stringify(row) }))
    .sort((a, b) => compareTexts(a.key, b.key))
    .map(({ row }) => row)
}

/** A canonical value as a constant of DuckDB in the column's type. */
export function duckConstant(value: Value, type: DeltaType): string {
  return `CAST(${duckText(value, type)} AS ${toDuckType(type)})`
}

function duckText(value: Value, type: DeltaType): string {
  if (value === null) return 'NULL'
  if (typeof type === 'string') {
    if (type === 'binary') return `unhex(${quoteLiteral(String(value))})`
    return quoteLiteral(type === 'timestamp' ? `${String(value)}Z` : String(value))
  }
  switch (type.type) {
    case 'array':
      return `[${(value as readonly Value[]).map((inner) => duckConstant(inner, type.elementType)).join(', ')}]`
    case 'struct':
      return `{${type.fields.map((f) => `${quoteLiteral(f.name)}: ${duckConstant((value as Row)[f.name] ?? null, f.type)}`).join(', ')}}`
    case 'map': {
      const pairs = value as readonly (readonly [Value, Value])[]
      const list = (at: 0 | 1, of: DeltaType) => `[${pairs.map((pair) => duckConstant(pair[at], of)).join(', ')}]`
      return `map(${list(0, type.keyType)}, ${list(1, type.valueType)})`
    }
    default:
      return unreachable(type)
  }
}

function scalar(value: unknown, type: string): Value {
  if (type === 'boolean') return value === true || value === 'true'
  const text = String(value)
  if (type === 'double' || type === 'float') {
    const number = Number(text.replace(/^([+-]?)inf$/i, '$1Infinity'))
    return String(type === 'float' ? Math.fround(number) : number)
  }
  if (type === 'timestamp' || type === 'timestamp_ntz') return instant(text)
  const decimal = decimalOf(type as DeltaType)
  return decimal === undefined ? text : scaled(text, decimal.scale)
}

function instant(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00(?::?00)?)?$/.exec(text)
  if (match === null) throw new Error(`${text} is not an instant in UTC`)
  return `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(6, '0')}`
}

function scaled(text: string, scale: number): string {
  const [whole = '', fraction = ''] = text.split('.')
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(fraction)) throw new Error(`${text} is not a decimal`)
  const digits = fraction.replace(/0+$/, '').padEnd(scale, '0')
  const sign = /^-0+$/.test(whole) && /^0*$/.test(digits) ? whole.slice(1) : whole
  return scale === 0 ? sign : `${sign}.${digits}`
}

function pairsOf(value: unknown): (readonly [unknown, unknown])[] {
  if (!Array.isArray(value)) return Object.entries(value as object)
  return (value as readonly ({ key: unknown; value: unknown } | readonly [unknown, unknown])[]).map((pair) =>
    'key' in pair ? [pair.key, pair.value] : pair,
  )
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
