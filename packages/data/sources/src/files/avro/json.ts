import { isUtf8 } from 'node:buffer'
import type { AvroBytes } from './bytes.ts'
import type { AvroType } from './schema.ts'
import { dayText, decimalText, durationText, instantText, timeText, uuidText } from './texts.ts'

/** Values within each other; more are made to do harm. */
const deepest = 500

/** Reads a value and gives its JSON. */
export type JsonText = (bytes: AvroBytes, depth: number) => string

/**
 * The JSON of values of a type: records and maps are objects, unions have the value alone, numbers keep all their digits, decimals are
 * numbers, times are texts, bytes are base64, and what JSON cannot hold (NaN, infinities) is the text of its name.
 */
export const jsonOf = (type: AvroType): JsonText => planned(type, new Map())

/** What is decided by the type is decided once. A record may hold itself: its plan is known before those of its fields. */
function planned(type: AvroType, known: Map<AvroType, JsonText>): JsonText {
  const found = known.get(type)
  if (found !== undefined) return found
  let plan: JsonText | undefined
  const deeper: JsonText = (bytes, depth) => {
    if (depth > deepest) throw new RangeError('its values stand more than 500 deep in each other')
    return (plan as JsonText)(bytes, depth)
  }
  known.set(type, deeper)
  plan = planOf(type, known)
  return deeper
}

function planOf(type: AvroType, known: Map<AvroType, JsonText>): JsonText {
  switch (type.kind) {
    case 'null':
      return () => 'null'
    case 'boolean':
      return (bytes) => String(bytes.boolean())
    case 'record':
      return recordOf(type.fields.map(({ name, type: of }) => [`${JSON.stringify(name)}:`, planned(of, known)] as const))
    case 'array': {
      const item = planned(type.items, known)
      return (bytes, depth) => {
        const items: string[] = []
        bytes.items(() => void items.push(item(bytes, depth + 1)))
        return `[${items.join(',')}]`
      }
    }
    case 'map': {
      const item = planned(type.items, known)
      return (bytes, depth) => {
        const entries: string[] = []
        bytes.items(() => {
          const key = JSON.stringify(textOf(bytes))
          entries.push(`${key}:${item(bytes, depth + 1)}`)
        })
        return `{${entries.join(',')}}`
      }
    }
    case 'union': {
      const branches = type.branches.map((branch) => planned(branch, known))
      return (bytes, depth) => branches[bytes.among(branches.length)]?.(bytes, depth + 1) ?? 'null'
    }
    default:
      return plainOf(type)
  }
}

function plainOf(type: PlainType): JsonText {
  const logical = type.kind === 'enum' ? undefined : type.logical?.name
  if (logical === 'decimal') return (bytes) => plainText(type, bytes)
  if (logical === undefined && (type.kind === 'int' || type.kind === 'long')) return (bytes) => plainText(type, bytes)
  if (type.kind === 'float' || type.kind === 'double')
    return (bytes) => {
      const text = plainText(type, bytes)
      // What is not finite ends with a letter.
      return text.charCodeAt(text.length - 1) <= 0x39 ? text : JSON.stringify(text)
    }
  // A day or a time that no calendar has stays a number.
  if (type.kind === 'int' || type.kind === 'long')
    return (bytes) => {
      const text = plainText(type, bytes)
      return /^-?\d+$/.test(text) ? text : JSON.stringify(text)
    }
  return (bytes) => JSON.stringify(plainText(type, bytes))
}

function recordOf(fields: readonly (readonly [key: string, value: JsonText])[]): JsonText {
  return (bytes, depth) => {
    let text = '{'
    for (let at = 0; at < fields.length; at++) {
      const [key, value] = fields[at] as (typeof fields)[number]
      text += at === 0 ? key : `,${key}`
      text += value(bytes, depth + 1)
    }
    return `${text}}`
  }
}

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
