import { type DeltaType, decimalOf } from '../schema/schema.ts'

/** A value in a predicate or for a batch column. Instants and dates are ISO-8601 texts. Decimals are texts. */
export type Scalar = string | number | bigint | boolean

/**
 * Compares two values in the text form of statistics and partition values: negative, 0 or positive. `undefined` when the order is not
 * certain: the caller must then keep the file. Strings compare by their UTF-8 bytes, numbers exactly.
 */
export function compareTexts(type: DeltaType, a: string, b: string): number | undefined {
  if (decimalOf(type) !== undefined) return compareDecimals(a, b)
  switch (type) {
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return compareDecimals(a, b)
    case 'double':
      return compareNumbers(toNumber(a), toNumber(b))
    case 'float':
      return compareNumbers(Math.fround(toNumber(a)), Math.fround(toNumber(b)))
    case 'string':
      return Buffer.compare(Buffer.from(a), Buffer.from(b))
    case 'date':
      return isoDate.test(a) && isoDate.test(b) ? compareNumbers(Date.parse(a), Date.parse(b)) : undefined
    case 'timestamp':
    case 'timestamp_ntz': {
      const [left, right] = [toMicros(a, type), toMicros(b, type)]
      return left === undefined || right === undefined ? undefined : left < right ? -1 : left > right ? 1 : 0
    }
    case 'boolean':
      return (a === 'true' || a === 'false') && (b === 'true' || b === 'false') ? Number(a === 'true') - Number(b === 'true') : undefined
    default:
      return undefined
  }
}

const isoDate = /^\d{4}-\d\d-\d\d$/

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function compareNumbers(a: number, b: number): number | undefined {
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined
  return a < b ? -1 : a > b ? 1 : 0
}

function compareDecimals(a: string, b: string): number | undefined {
  const [left, right] = [parseDecimal(a), parseDecimal(b)]
  if (left === undefined || right === undefined) return undefined
  const scale = Math.max(left.scale, right.scale)
  const x = left.digits * 10n ** BigInt(scale - left.scale)
  const y = right.digits * 10n ** BigInt(scale - right.scale)
  return x < y ? -1 : x > y ? 1 : 0
}

function parseDecimal(text: string): { digits: bigint; scale: number } | undefined {
  const match = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/.exec(text)
  if (match === null) return undefined
  const fraction = match[3] ?? ''
  const digits = BigInt(`${match[2]}${fraction}`)
  return { digits: match[1] === '-' ? -digits : digits, scale: fraction.length }
}

/**
 * Is a decimal bound certainly exact? delta-rs writes bounds that went through a double. A text of more than 17 significant digits, without
 * trailing zeros, is exact. So is a text of at most 15 significant digits that shows the whole scale. Up to 15 digits of precision a double
 * is exact anyway.
 */
export function isExactDecimal(text: string, { precision, scale }: { precision: number; scale: number }): boolean {
  if (precision <= 15) return true
  const parsed = parseDecimal(text)
  if (parsed === undefined) return false
  const significant = parsed.digits.toString().replace(/^-/, '').replace(/0+$/, '').length
  return significant > 17 || (significant <= 15 && scale > 0 && parsed.scale === scale)
}

/** Moves a decimal bound outwards by more than the rounding of a double. */
export function widenDecimal(text: string, outwards: -1n | 1n): string | undefined {
  const parsed = parseDecimal(text)
  if (parsed === undefined || parsed.scale > 40) return undefined
  const digits = parsed.digits * 10n ** BigInt(40 - parsed.scale)
  const wide = digits + outwards * ((digits < 0n ? -digits : digits) / 2n ** 50n + 1n)
  const plain = (wide < 0n ? -wide : wide).toString().padStart(41, '0')
  return `${wide < 0n ? '-' : ''}${plain.slice(0, -40)}.${plain.slice(-40)}`
}

const instant = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?$/

/**
 * Epoch microseconds of an ISO-8601 instant. A text without a zone is allowed only for `timestamp_ntz`. Cuts digits after the microseconds.
 */
export function toMicros(text: string, type: 'timestamp' | 'timestamp_ntz'): bigint | undefined {
  const match = instant.exec(text)
  if (match === null) return undefined
  const zone = match[8]
  if (zone === undefined && type === 'timestamp') return undefined
  const seconds =
    Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), Number(match[4]), Number(match[5]), Number(match[6])) / 1000
  if (Number(match[1]) < 100) return undefined
  return BigInt(seconds - offsetSeconds(zone)) * 1_000_000n + BigInt((match[7] ?? '').padEnd(6, '0').slice(0, 6))
}

function offsetSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(3).replace(':', '') || '0') * 60
  return zone.startsWith('-') ? -seconds : seconds
}
