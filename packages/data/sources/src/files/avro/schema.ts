import { fileErrors } from '../../errors.ts'

/** A type of a schema (Avro 1.12, Schema Declaration). Named types are resolved; one that holds itself is a circle of values. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' }
  | { readonly kind: 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'; readonly logical?: Logical }
  | { readonly kind: 'fixed'; readonly size: number; readonly logical?: Logical }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord

export interface AvroRecord {
  readonly kind: 'record'
  readonly fields: { readonly name: string; readonly type: AvroType }[]
}

/** What the values of a type mean beyond it. One that is not known, or does not fit its type, means nothing (the specification says so). */
export type Logical =
  | { readonly name: 'decimal'; readonly scale: number }
  | { readonly name: 'uuid' | 'date' | 'duration' }
  | { readonly name: 'time' | 'timestamp' | 'local-timestamp'; readonly unit: Unit }
/** Parts of a second, as a power of ten. */
export type Unit = 3 | 6 | 9

const simple = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
type Simple = (typeof simple)[number]
const isSimple = (name: string): name is Simple => (simple as readonly string[]).includes(name)

type Shape = Readonly<Record<string, unknown>>

/** Types within types; a schema of more is made to do harm. */
const deepest = 100

/** @throws `file.damaged` for a schema that the specification does not allow */
export function avroSchema(text: string): AvroType {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw bad('it is not JSON')
  }
  return typeOf(json, '', new Map(), 0)
}

function typeOf(json: unknown, space: string, named: Map<string, AvroType>, depth: number): AvroType {
  if (depth > deepest) throw bad('its types stand more than 100 deep in each other')
  if (typeof json === 'string') {
    if (isSimple(json)) return { kind: json } as AvroType
    const found = named.get(fullName(json, space)) ?? named.get(json)
    if (found === undefined) throw bad(`it has no type ${json.slice(0, 100)}`)
    return found
  }
  if (Array.isArray(json)) {
    if (json.length === 0) throw bad('a union has no branches')
    return { kind: 'union', branches: json.map((each) => typeOf(each, space, named, depth + 1)) }
  }
  if (json === null || typeof json !== 'object') throw bad('a type is neither a name nor an object')
  return complex(json as Shape, space, named, depth)
}

function complex(shape: Shape, space: string, named: Map<string, AvroType>, depth: number): AvroType {
  const { type } = shape
  if (typeof type !== 'string') return typeOf(type, space, named, depth + 1)
  if (type === 'array') return { kind: 'array', items: typeOf(shape.items, space, named, depth + 1) }
  if (type === 'map') return { kind: 'map', items: typeOf(shape.values, space, named, depth + 1) }
  if (isSimple(type)) return withLogical({ kind: type } as AvroType, logicalOf(shape, type))
  if (type !== 'record' && type !== 'error' && type !== 'enum' && type !== 'fixed') return typeOf(type, space, named, depth + 1)
  const { name } = shape
  if (typeof name !== 'string' || name === '') throw bad(`a ${type} has no name`)
  const own = fullName(name, typeof shape.namespace === 'string' ? shape.namespace : space)
  if (type === 'enum') {
    if (!isTexts(shape.symbols)) throw bad(`the enum ${own} has no symbols`)
    return remembered(named, own, { kind: 'enum', symbols: shape.symbols })
  }
  if (type === 'fixed') {
    const { size } = shape
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw bad(`the fixed ${own} has no size`)
    return remembered(named, own, withLogical({ kind: 'fixed', size }, logicalOf(shape, 'fixed', size)))
  }
  if (!Array.isArray(shape.fields)) throw bad(`the record ${own} has no fields`)
  const record: AvroRecord = { kind: 'record', fields: [] }
  // Before its fields: they may hold it.
  remembered(named, own, record)
  const inner = own.includes('.') ? own.slice(0, own.lastIndexOf('.')) : ''
  for (const field of shape.fields as readonly unknown[]) {
    const { name: fieldName, type: fieldType } = (field ?? {}) as Shape
    if (typeof fieldName !== 'string') throw bad(`a field of the record ${own} has no name`)
    record.fields.push({ name: fieldName, type: typeOf(fieldType, inner, named, depth + 1) })
  }
  return record
}

const fullName = (name: string, space: string): string => (name.includes('.') || space === '' ? name : `${space}.${name}`)

function remembered(named: Map<string, AvroType>, name: string, type: AvroType): AvroType {
  if (named.has(name)) throw bad(`it declares the type ${name} twice`)
  named.set(name, type)
  return type
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string')

const withLogical = <T extends AvroType>(type: T, logical: Logical | undefined): T => (logical === undefined ? type : { ...type, logical })

function logicalOf({ logicalType: name, scale = 0, precision }: Shape, type: string, size?: number): Logical | undefined {
  switch (name) {
    case 'decimal': {
      const fits = typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 && typeof precision === 'number' && precision >= scale
      return (type === 'bytes' || type === 'fixed') && fits ? { name, scale } : undefined
    }
    case 'uuid':
      return type === 'string' || (type === 'fixed' && size === 16) ? { name } : undefined
    case 'date':
      return type === 'int' ? { name } : undefined
    case 'duration':
      return type === 'fixed' && size === 12 ? { name } : undefined
    case 'time-millis':
      return type === 'int' ? { name: 'time', unit: 3 } : undefined
    case 'time-micros':
      return type === 'long' ? { name: 'time', unit: 6 } : undefined
    default: {
      const found = /^(timestamp|local-timestamp)-(millis|micros|nanos)$/.exec(String(name))
      if (found === null || type !== 'long') return undefined
      const unit = found[2] === 'millis' ? 3 : found[2] === 'micros' ? 6 : 9
      return { name: found[1] === 'timestamp' ? 'timestamp' : 'local-timestamp', unit }
    }
  }
}

const bad = (why: string): Error => fileErrors.damaged(`its schema is not one of Avro: ${why}`, { next: 'Ask whoever writes the file.' })
