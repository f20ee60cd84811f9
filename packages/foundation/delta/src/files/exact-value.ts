import { type DeltaType, decimalOf } from '../schema/schema.ts'
import type { Scalar } from './values.ts'

const bits: Readonly<Record<string, bigint>> = { long: 64n, integer: 32n, short: 16n, byte: 8n }
const date = /^[+-]?\d{4,6}-\d\d-\d\d$/
const time = /^[+-]?\d{4,6}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6}0*)?)?\s?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?$/

/**
 * Is this value exactly one value of the type? DuckDB would round any other one: `CAST('1.5' AS BIGINT)` is 2, so that a comparison finds
 * rows that do not have the value.
 */
export function isValueOf(type: DeltaType, value: Scalar): boolean {
  const text = String(value)
  const size = typeof type === 'string' ? bits[type] : undefined
  if (size !== undefined) return typeof value !== 'boolean' && isWhole(value, size)
  const decimal = decimalOf(type)
  if (decimal !== undefined) return typeof value !== 'boolean' && isDecimal(text, decimal)
  switch (type) {
    case 'string':
    case 'binary':
      return typeof value === 'string'
    case 'boolean':
      return text === 'true' || text === 'false'
    case 'double':
    case 'float':
      if (type === 'float' && typeof value === 'number' && !isFloat(value)) return false
      return typeof value !== 'boolean' && isFloating(text, type)
    case 'date':
      return typeof value === 'string' && date.test(text)
    case 'timestamp':
    case 'timestamp_ntz':
      return typeof value === 'string' && time.test(text)
    default:
      return false
  }
}

/** A text of digits stands for a number that has a place: neither beyond the greatest nor, without being 0, at 0. */
function isFloating(text: string, type: 'double' | 'float'): boolean {
  if (/^(NaN|[+-]?Infinity)$/.test(text)) return true
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return false
  const held = type === 'double' ? Number(text) : Math.fround(Number(text))
  return Number.isFinite(held) && (held !== 0 || !/^[^eE]*[1-9]/.test(text))
}

function isWhole(value: string | number | bigint, size: bigint): boolean {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : !/^[+-]?\d{1,30}$/.test(String(value))) return false
  return BigInt.asIntN(Number(size), BigInt(value)) === BigInt(value)
}

function isDecimal(text: string, { precision, scale }: { precision: number; scale: number }): boolean {
  const match = /^[+-]?0*(\d*)(?:\.(\d*?)0*)?$/.exec(text)
  if (match === null || !/\d/.test(text)) return false
  return (match[1] ?? '').length <= precision - scale && (match[2] ?? '').length <= scale
}

/** Does the nearest float have the number's own digits? 0.1 is 0.1 as a float; 0.30000000000000004 would become 0.3. */
function isFloat(value: number): boolean {
  const float = Math.fround(value)
  if (Object.is(float, value)) return true
  const digits = value.toExponential().replace(/e.*/, '').replace(/\D/g, '').length
  return digits <= 9 && Number(float.toPrecision(digits)) === value
}
