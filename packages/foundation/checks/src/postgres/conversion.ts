import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { type Arm, type Conversion, type Spelling, whole } from '../dialect.ts'
import {
  belowMicroseconds,
  date,
  farDate,
  farTimestamp,
  hugeJsonNumber,
  jsonNul,
  jsonString,
  longestNumber,
  notFinite,
  number,
  timestamp,
} from '../grammar.ts'

/** From a text that may be anything. Later arms count on the earlier ones: a cast is only reached by text that the type takes. */
export function conversionOf(type: ColumnType, text: string, spelling: Spelling): Conversion {
  if (type.kind === 'decimal' && type.round === true) return roundedConversion(type, text, spelling)
  return { value: valueSql(type, text, spelling), absent: `${text} is null`, arms: () => armsOf(type, text, spelling) }
}

/**
 * From a text that an engine wrote from a value which the type holds: the insert parses it anyway. What is left to judge are years that the
 * stores do not share, which engines write in their own way; the shape of the others is cheap to see (20 ns).
 */
export function trustedConversion(type: ColumnType, text: string, spelling: Spelling): Conversion {
  const plain = { value: type.kind === 'text' ? text : `${text}::${spelling.type(type)}`, absent: `${text} is null` }
  const shape = type.kind === 'date' ? '____-__-__' : type.kind === 'timestamp' ? '____-__-__ __:__:__%' : undefined
  if (shape === undefined) return { ...plain, arms: () => [] }
  const ours: Arm = { when: `${text} like '${shape}' and ${text} not like '%BC'`, breaks: null }
  return { ...plain, arms: () => [ours, ...armsOf(type, text, spelling)] }
}

/** From a value that the server has parsed already. */
export function typedConversion(type: ColumnType, value: string): Conversion {
  const [first, end] = type.kind === 'date' ? ["date '0001-01-01'", "date '10000-01-01'"] : yearsOfTimestamps
  const far: Arm = { when: `${value} < ${first} or ${value} >= ${end}`, breaks: 'range' }
  return { value, absent: `${value} is null`, arms: () => (type.kind === 'date' || type.kind === 'timestamp' ? [far] : []) }
}

const yearsOfTimestamps = ["timestamptz '0001-01-01 00:00:00+00'", "timestamptz '10000-01-01 00:00:00+00'"] as const

/** Half-even, as DuckDB's: PostgreSQL rounds a half away from zero. What was a half is seen before the value is cut. */
function roundedConversion(type: ColumnType & { readonly kind: 'decimal' }, x: string, spelling: Spelling): Conversion {
  const { precision, scale } = type
  const [n, unit] = [`${x}::numeric`, scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`]
  const isHalf = `abs(${n} - trunc(${n}, ${scale})) * 2 = ${unit} and mod(trunc(${n}, ${scale}), 2 * ${unit}) = 0`
  const rounded = `case when ${isHalf} then trunc(${n}, ${scale}) else round(${n}, ${scale}) end`
  const arms = armsOf({ kind: 'decimal', precision, scale }, x, spelling).flatMap(({ when, breaks }): Arm[] =>
    breaks === 'exact' ? [{ when: `abs(${rounded}) >= 1${'0'.repeat(precision - scale)}`, breaks: 'range' }] : [{ when, breaks }],
  )
  return {
    value: `(${rounded})::${spelling.type(type)}`,
    absent: `${x} is null`,
    arms: () => arms,
    rounded: `case ${arms.map(({ when }) => `when ${when} then false`).join(' ')} else trunc(${n}, ${scale}) <> ${n} end`,
  }
}

/** PostgreSQL takes no `1.0` and `1e3` for an integer. */
function valueSql(type: ColumnType, x: string, { type: typeOf }: Spelling): string {
  if (type.kind === 'text') return x
  const name = typeOf(type)
  const plain = `${x}::${name}`
  if (type.kind !== 'integer' && type.kind !== 'bigint') return plain
  return `case when ${validAs(x, name)} then ${plain} else ${x}::numeric::${name} end`
}

const validAs = (x: string, name: string): string => `pg_input_is_valid(${x}, '${name}')`

function armsOf(type: ColumnType, x: string, { literal, type: typeOf }: Spelling): readonly Arm[] {
  const name = typeOf(type)
  const matches = (pattern: string): string => `${x} ~ ${literal(whole(pattern))}`
  const isNumber = `(octet_length(${x}) <= ${longestNumber} and ${matches(number)})`
  switch (type.kind) {
    case 'text':
      return type.max === undefined ? [] : [{ when: `char_length(${x}) > ${type.max}`, breaks: 'length' }]
    case 'integer':
    case 'bigint':
      return [
        canonical(x, name),
        { when: `not ${isNumber}`, breaks: 'type' },
        { when: `not ${validAs(`trunc(${x}::numeric)::text`, name)}`, breaks: 'range' },
        { when: `trunc(${x}::numeric) <> ${x}::numeric`, breaks: 'exact' },
      ]
    case 'decimal':
      return [
        canonical(x, 'numeric', `scale(${x}::numeric) <= ${type.scale} and ${validAs(x, name)}`),
        { when: `not ${isNumber}`, breaks: 'type' },
        { when: `abs(trunc(${x}::numeric)) >= 1${'0'.repeat(type.precision - type.scale)}`, breaks: 'range' },
        { when: `trunc(${x}::numeric, ${type.scale}) <> ${x}::numeric`, breaks: 'exact' },
      ]
    case 'double':
      return [
        { when: `not (${isNumber} or ${matches(notFinite)})`, breaks: 'type' },
        { when: `not ${validAs(x, name)}`, breaks: 'range' },
      ]
    case 'boolean':
      return [{ when: `not ${validAs(x, name)}`, breaks: 'type' }]
    case 'date':
      return [
        canonical(x, name, `octet_length(${x}) = 10`),
        { when: matches(farDate), breaks: 'range' },
        { when: `not ${matches(date)}`, breaks: 'type' },
        { when: `not ${validAs(x, name)}`, breaks: 'type' },
      ]
    case 'timestamp':
      return [
        canonical(x, name, `${x} like '____-%' and ${x} not like '%BC'`),
        { when: matches(farTimestamp), breaks: 'range' },
        { when: `not ${matches(timestamp)}`, breaks: 'type' },
        { when: `not ${validAs(x, name)}`, breaks: 'type' },
        { when: `${x} ~ ${literal(belowMicroseconds)}`, breaks: 'exact' },
        { when: `${x}::${name} < '0001-01-01 00:00:00+00' or ${x}::${name} >= '10000-01-01 00:00:00+00'`, breaks: 'range' },
      ]
    case 'json': {
      const huge = literal(hugeJsonNumber)
      return [
        { when: `not ${validAs(x, 'json')}`, breaks: 'type' },
        { when: `${x} ~ ${literal(jsonNul)}`, breaks: 'characters' },
        { when: `${x} ~ ${huge} and regexp_replace(${x}, ${literal(jsonString)}, '""', 'g') ~ ${huge}`, breaks: 'range' },
        { when: `not ${validAs(x, name)}`, breaks: 'type' },
      ]
    }
    default:
      return unreachable(type)
  }
}

/**
 * The text that the server itself would write for the value is right, and most texts are: this costs a third of a pattern for a number and
 * a fifth for a timestamp. It proves that the cast changes nothing, which the cast alone does not: PostgreSQL reads `2 26-0f-05` as a date.
 */
function canonical(x: string, name: string, also = 'true'): Arm {
  return { when: `case when ${validAs(x, name)} then ${x}::${name}::text = ${x} and ${also} else false end`, breaks: null }
}
