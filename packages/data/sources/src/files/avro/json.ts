import { isUtf8 } from 'node:buffer'
import type { AvroBytes } from './bytes.ts'
import type { AvroType } from './schema.ts'
import { dayText, decimalText, durationText, instantText, timeText, uuidText } from './texts.ts'

/** Values within each other; more are made to do harm. */
const deepest = 500

/**
 * The JSON of a value: records and maps are objects, unions have the value alone, numbers keep all their digits, decimals are numbers,
 * times are texts, bytes are base64, and what JSON cannot hold (NaN, infinities) is the text of its name.
 */
export function jsonText(type: AvroType, bytes: AvroBytes, depth = 0): string {
  if (depth > deepest) throw new RangeError('its values stand more than 500 deep in each other')
  switch (type.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return String(bytes.boolean())
    case 'record':
      return `{${type.fields.map((field) => `${JSON.stringify(field.name)}:${jsonText(field.type, bytes, depth + 1)}`).join(',')}}`
    case 'array': {
      const items: string[] = []
      bytes.items(() => void items.push(jsonText(type.items, bytes, depth + 1)))
      return `[${items.join(',')}]`
    }
    case 'map': {
      const entries: string[] = []
      bytes.items(() => {
        const key = JSON.stringify(textOf(bytes))
        entries.push(`${key}:${jsonText(type.items, bytes, depth + 1)}`)
      })
      return `{${entries.join(',')}}`
    }
    case 'union':
      return jsonText(type.branches[bytes.among(type.branches.length)] ?? { kind: 'null' }, bytes, depth + 1)
    default: {
      const text = plainText(type, bytes)
      const isNumber = /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(text) && type.kind !== 'string' && type.kind !== 'enum' && !isBase64(type)
      return isNumber ? text : JSON.stringify(text)
    }
  }
}

const isBase64 = (type: AvroType): boolean => (type.kind === 'bytes' || type.kind === 'fixed') && type.logical?.name !== 'decimal'

export type PlainType = Exclude<AvroType, { readonly kind: 'null' | 'boolean' | 'record' | 'array' | 'map' | 'union' }>
export const isPlain = (type: AvroType): type is PlainType => !['null', 'boolean', 'record', 'array', 'map', 'union'].includes(type.kind)

/** The text of a value that is neither nested nor a boolean. */
export function plainText(type: PlainType, bytes: AvroBytes): string {
  switch (type.kind) {
    case 'int': {
      const value = bytes.int()
      if (type.logical?.name === 'date') return dayText(value)
      return type.logical?.name === 'time' ? timeText(value, type.logical.unit) : String(value)
    }
    case 'long': {
      const value = bytes.whole() ?? bytes.long()
      const { logical } = type
      if (logical?.name === 'time') return timeText(Number(value), logical.unit)
      if (logical?.name === 'timestamp' || logical?.name === 'local-timestamp')
        return instantText(value, logical.unit, logical.name === 'timestamp')
      return String(value)
    }
    case 'float':
      return floatText(bytes.float())
    case 'double':
      return numberText(bytes.double())
    case 'string':
      return textOf(bytes)
    case 'enum':
      return type.symbols[bytes.among(type.symbols.length)] ?? ''
    case 'bytes':
    case 'fixed': {
      const size = type.kind === 'fixed' ? type.size : bytes.length()
      const start = bytes.skip(size)
      const value = bytes.bytes.subarray(start, start + size)
      if (type.logical?.name === 'decimal') return decimalText(value, type.logical.scale)
      if (type.logical?.name === 'duration') return durationText(value)
      return type.logical?.name === 'uuid' ? uuidText(value) : value.toString('base64')
    }
    default:
      return type satisfies never
  }
}

export function textOf(bytes: AvroBytes): string {
  const length = bytes.length()
  const start = bytes.skip(length)
  const text = bytes.bytes.subarray(start, start + length)
  if (!isUtf8(text)) throw new RangeError('a text is not UTF-8')
  return text.toString()
}

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** The shortest text that gives the same float of 32 bits. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = 6; digits <= 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return numberText(Number(text))
  }
  return numberText(value)
}
