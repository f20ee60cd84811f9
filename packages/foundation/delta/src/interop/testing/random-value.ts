import type { Random } from '@sluice/core/testing'
import type { Column, DeltaType } from '../../schema/schema.ts'
import { sampleValues } from './sample.ts'
import type { Value } from './values.ts'

type Values = readonly [Value, ...Value[]]

const scalars: Readonly<Record<string, Values>> = {
  string: sampleValues.name,
  long: [null, '9007199254740993', '-9223372036854775808', '0'],
  integer: sampleValues.i,
  short: sampleValues.s,
  byte: sampleValues.b,
  double: sampleValues.ratio,
  boolean: sampleValues.ok,
  date: sampleValues.day,
  timestamp: sampleValues.seen,
  timestamp_ntz: sampleValues.seen,
  binary: sampleValues.bin,
  'decimal(38,18)': sampleValues.price,
  'decimal(9,2)': sampleValues.small_price,
}

/** Types that a table can get a column of while it lives. */
export const addableTypes: readonly [DeltaType, ...DeltaType[]] = [
  'string',
  'long',
  'integer',
  'double',
  'boolean',
  'date',
  'timestamp',
  'binary',
  'decimal(38,18)',
  { type: 'array', elementType: 'long', containsNull: true },
  { type: 'map', keyType: 'string', valueType: 'date', valueContainsNull: true },
  { type: 'struct', fields: [{ name: 'first', type: 'decimal(9,2)', nullable: true, metadata: {} }] },
]

/** A value of the type in the canonical form, NULL among them. */
export function randomValue(random: Random, type: DeltaType): Value {
  if (typeof type === 'string') {
    const some = scalars[type]
    if (some === undefined) throw new Error(`no values of the type ${type}`)
    return random.pick(some)
  }
  if (random.chance(0.2)) return null
  if (type.type === 'array') return Array.from({ length: random.integer(3) }, () => randomValue(random, type.elementType))
  if (type.type === 'struct') return Object.fromEntries(type.fields.map((field) => [field.name, randomValue(random, field.type)]))
  const keys = ['', 'k.v', 'ü'].slice(0, random.integer(4))
  return keys.map((key) => [key, randomValue(random, type.valueType)])
}

/** A value that can also be the name of a partition: an empty text would be NULL there. */
export function partitionValue(random: Random, { type }: Pick<Column, 'type'>, asciiOnly: boolean): Value {
  const value = type === 'string' ? random.pick(sampleValues.part) : randomValue(random, type)
  return asciiOnly && typeof value === 'string' ? value.replace(/[^ -~]/g, '?') : value
}
