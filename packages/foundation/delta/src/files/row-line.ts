import { DeltaError } from '../errors.ts'
import { isPlain, shown } from '../options/form.ts'
import { nearest } from '../options/near.ts'
import { asLeaf, type DeltaType, decimalOf, type Field, type StructType } from '../schema/schema.ts'
import { isValueOf } from './exact-value.ts'
import type { Scalar } from './values.ts'

/** Turns one row into JSON. Every value is a text there, which DuckDB casts without passing a double. */
export type ToLine = (row: unknown, index: number) => string

/**
 * Rows as JSON texts with all columns of the table; a column that a row lacks is null. `used` collects the columns that any row names.
 * Throws `rows.invalid` with the row and the column for a value that the column cannot hold exactly, and for a column that the table
 * lacks.
 */
export function lineMaker({ fields }: StructType, used: Set<string>): ToLine {
  const encode = structEncoder(fields)
  return (row, index) => {
    const at = `Row ${index}`
    if (!isPlain(row)) throw invalid(at, `must be an object, but it is ${shown(row)}`, 'Give one object for each row.', index)
    for (const name of Object.keys(row)) used.add(name)
    try {
      return JSON.stringify(encode(row, at))
    } catch (cause) {
      throw cause instanceof Misfit ? invalid(cause.at, cause.message, cause.next, index) : cause
    }
  }
}

class Misfit extends Error {
  readonly at: string
  readonly next: string
  constructor(at: string, message: string, next: string) {
    super(message)
    this.at = at
    this.next = next
  }
}

function invalid(at: string, fault: string, next: string, row: number): DeltaError {
  return new DeltaError('rows.invalid', `${at} ${fault}.`, next, { row })
}

type Encode = (value: unknown, at: string) => unknown

function encoderOf(type: DeltaType): Encode {
  const encode = innerEncoder(type)
  return (value, at) => (value === null || value === undefined ? null : encode(value, at))
}

function innerEncoder(type: DeltaType): Encode {
  if (typeof type === 'string') return scalarEncoder(type)
  switch (type.type) {
    case 'array': {
      const each = encoderOf(type.elementType)
      return (value, at) => {
        if (!Array.isArray(value)) throw misfit(at, 'a list', value)
        return value.map((item, index) => each(item, `${at}[${index}]`))
      }
    }
    case 'map': {
      const [key, each] = [encoderOf(type.keyType), encoderOf(type.valueType)]
      return (value, at) => {
        if (!(value instanceof Map) && !isPlain(value)) throw misfit(at, 'a Map or an object', value)
        const entries = value instanceof Map ? [...value] : Object.entries(value)
        return Object.fromEntries(
          entries.map(([k, v]) => [String(key(k, `a key of ${at}`)), each(v, `${at}[${JSON.stringify(String(k))}]`)]),
        )
      }
    }
    case 'struct': {
      const encode = structEncoder(type.fields)
      return (value, at) => {
        if (!isPlain(value)) throw misfit(at, 'an object', value)
        return encode(value, at)
      }
    }
    default:
      return asLeaf(type, (value: unknown) => value)
  }
}

function structEncoder(fields: readonly Field[]): (row: Readonly<Record<string, unknown>>, at: string) => unknown {
  const encoders = fields.map(({ name, type }) => [name, encoderOf(type)] as const)
  const known = new Set(fields.map(({ name }) => name))
  return (row, at) => {
    for (const name of Object.keys(row)) if (!known.has(name)) throw unknownColumn(at, name, [...known])
    return Object.fromEntries(encoders.map(([name, encode]) => [name, encode(row[name], `${at}: ${name}`)]))
  }
}

function unknownColumn(at: string, name: string, known: readonly string[]): Misfit {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `Did you mean ${near}? `
  return new Misfit(at, `has the column ${name}, which the table lacks`, `${hint}The columns are ${known.join(', ')}. addColumns adds one.`)
}

function scalarEncoder(type: string): Encode {
  if (type === 'binary')
    return (value, at) => {
      if (!(value instanceof Uint8Array)) throw misfit(at, 'a Uint8Array', value)
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex').replace(/../g, '\\x$&')
    }
  const isDecimal = decimalOf(type as DeltaType) !== undefined
  return (value, at) => {
    const given = value instanceof Date ? isoOf(value, type) : value
    const text = isDecimal && (typeof given === 'number' || typeof given === 'string') ? withoutExponent(String(given)) : given
    if (typeof text === 'object' || typeof text === 'function' || !isValueOf(type as DeltaType, text as Scalar))
      throw misfit(at, `a value of the type ${type}`, value)
    const plain = Object.is(text, -0) ? '-0' : String(text)
    if (!plain.isWellFormed())
      throw new Misfit(at, 'contains half of a surrogate pair, which is not Unicode', 'Use toWellFormed() on the text.')
    return plain
  }
}

/** `1e-7`, as JavaScript writes small numbers, is 0.0000001. DuckDB rounds such a text, or takes it for too long. */
function withoutExponent(text: string): string {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match
  const point = whole.length + Number(exponent)
  const digits = (whole + fraction).padStart(whole.length + fraction.length + Math.max(0, -point), '0').padEnd(Math.max(0, point), '0')
  const at = Math.max(0, point)
  return `${sign}${digits.slice(0, at) || '0'}.${digits.slice(at) || '0'}`
}

function isoOf(date: Date, type: string): unknown {
  if (Number.isNaN(date.getTime()) || (type !== 'timestamp' && type !== 'timestamp_ntz')) return date
  return type === 'timestamp' ? date.toISOString() : date.toISOString().replace('Z', '')
}

function misfit(at: string, wanted: string, value: unknown): Misfit {
  return new Misfit(
    at,
    `must be ${wanted}, but it is ${shown(value)}`,
    `Give ${wanted}. Long and exact numbers may be texts, instants Dates or ISO-8601 texts.`,
  )
}
