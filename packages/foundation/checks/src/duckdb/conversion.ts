import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import type { Arm, Conversion } from '../dialect.ts'
import { holdsHugeNumber, holdsNulEscape, isJson, isPlainlyWritten } from './json.ts'
import { type Family, familyOf, namesTime, sizeOf, type TimeFamily } from './source.ts'
import { holdsNul } from './text.ts'
import { type TextWay, textWay } from './text-way.ts'
import { dayInReach, instantInReach } from './times.ts'

/**
 * How an expression of a DuckDB type becomes a column's type, strict: nothing is rounded, cut or overflowed in silence. By a conversion of
 * its own, or by way of its text, which several columns share (`conversionsOf`). `undefined` where no conversion has a meaning.
 */
export type Way = { readonly conversion: Conversion } | { readonly text: string; readonly way: TextWay }

export function wayOf(target: ColumnType, source: string, x: string): Way | undefined {
  const from = familyOf(source)
  // The JSON `null` is not a value.
  const text = from === 'json' ? `(${x} ->> '$')` : from === 'text' ? x : `CAST(${x} AS VARCHAR)`
  const given: Given = { x, source, from, text }
  const own = ownConversion(target, given)
  if (own !== undefined) return { conversion: own }
  const way = readsText(target, from) ? textWay(target) : undefined
  return way && { text, way }
}

interface Given {
  readonly x: string
  readonly source: string
  readonly from: Family
  /** The value as text. */
  readonly text: string
}

/** Types that are read from the texts of a family. */
function readsText({ kind }: ColumnType, from: Family): boolean {
  if (from === 'text') return true
  if (from === 'json') return kind !== 'json'
  const isNumber = from === 'integer' || from === 'decimal' || from === 'float'
  return isNumber && (kind === 'integer' || kind === 'bigint' || kind === 'decimal')
}

/** The conversion of values whose text says nothing more than they do. */
function ownConversion(target: ColumnType, given: Given): Conversion | undefined {
  const { x, from, source } = given
  switch (target.kind) {
    case 'text':
      return from === 'nested' || source === 'BLOB' ? undefined : textConversion(given, target.max)
    case 'json':
      return from === 'text' ? undefined : jsonConversion(given)
    case 'boolean':
      return from === 'boolean' ? total(given, x) : undefined
    case 'integer':
      return from === 'integer' ? integerConversion(given, 'INTEGER') : undefined
    case 'bigint':
      return from === 'integer' ? integerConversion(given, 'BIGINT') : undefined
    case 'double':
      return from === 'float' || from === 'integer' || from === 'decimal' ? total(given, `CAST(${x} AS DOUBLE)`) : undefined
    case 'decimal': {
      const [digits, places] = sizeOf(source)
      const holds = digits !== undefined && places <= target.scale && digits - places <= target.precision - target.scale
      return holds ? total(given, `CAST(${x} AS DECIMAL(${target.precision},${target.scale}))`) : undefined
    }
    case 'date':
      return namesTime(from) ? dateConversion(given, from) : undefined
    case 'timestamp':
      return namesTime(from) ? instantConversion(given, from) : undefined
    default:
      return unreachable(target)
  }
}

const absentOf = ({ x, from, text }: Given): string => `${from === 'json' ? text : x} IS NULL`

/** Every value converts. */
const total = (given: Given, value: string): Conversion => ({ value, absent: absentOf(given), arms: () => [] })

/** NULL stands for a value that did not convert; the arms say why. */
const partial = (given: Given, value: string, why: readonly Arm[]): Conversion => ({
  value,
  absent: absentOf(given),
  lost: (typed) => `${typed} IS NULL`,
  arms: () => why,
})

const otherwise = (breaks: Arm['breaks']): Arm => ({ when: 'true', breaks })

function textConversion(given: Given, max: number | undefined): Conversion {
  const { text, from } = given
  const mayHoldNul = from === 'text' || from === 'json'
  return {
    value: text,
    absent: absentOf(given),
    arms: (typed) => [
      ...(mayHoldNul ? [{ when: holdsNul(typed), breaks: 'characters' as const }] : []),
      ...(max === undefined ? [] : [{ when: `length(${typed}) > ${max}`, breaks: 'length' as const }]),
    ],
  }
}

function jsonConversion({ x, from }: Given): Conversion {
  const mayBreak = from === 'json' || from === 'nested' || from === 'float'
  return {
    value: `CAST(to_json(${x}) AS VARCHAR)`,
    absent: `${x} IS NULL`,
    arms: (typed) =>
      mayBreak
        ? [
            { when: isPlainlyWritten(typed), breaks: null },
            { when: `NOT ${isJson(typed)}`, breaks: 'type' },
            { when: holdsNulEscape(typed), breaks: 'characters' },
            { when: holdsHugeNumber(typed), breaks: 'range' },
          ]
        : [],
  }
}

function integerConversion(given: Given, type: 'INTEGER' | 'BIGINT'): Conversion {
  const { source, x } = given
  if (source === type) return total(given, x)
  if (source === 'INTEGER') return total(given, `CAST(${x} AS ${type})`)
  return partial(given, `TRY_CAST(${x} AS ${type})`, [otherwise('range')])
}

/** An instant is a day only when it is midnight UTC. */
function dateConversion(given: Given, from: TimeFamily): Conversion | undefined {
  const { x } = given
  const infinite: Arm = { when: `NOT isfinite(${x})`, breaks: 'type' }
  switch (from) {
    case 'date':
      return partial(given, dayInReach(x), [infinite, otherwise('range')])
    case 'instant': {
      const midnight = `CAST(CAST(${x} AS DATE) AS TIMESTAMP) = CAST(${x} AS TIMESTAMP)`
      const day = `CASE WHEN isfinite(${x}) AND ${midnight} THEN ${dayInReach(`CAST(${x} AS DATE)`)} END`
      return partial(given, day, [infinite, { when: `NOT (${midnight})`, breaks: 'type' }, otherwise('range')])
    }
    case 'text':
    case 'json':
      return undefined
    default:
      return unreachable(from)
  }
}

function instantConversion(given: Given, from: TimeFamily): Conversion | undefined {
  const { source, x } = given
  const infinite: Arm = { when: `NOT isfinite(${x})`, breaks: 'type' }
  switch (from) {
    case 'date':
      return partial(given, `CASE WHEN isfinite(${x}) THEN ${instantInReach(`CAST(${x} AS TIMESTAMPTZ)`)} END`, [
        infinite,
        otherwise('range'),
      ])
    case 'instant': {
      const own = source === 'TIMESTAMP WITH TIME ZONE' ? x : `CAST(${x} AS TIMESTAMPTZ)`
      if (source !== 'TIMESTAMP_NS') return partial(given, instantInReach(own), [infinite, otherwise('range')])
      const whole = `epoch_ns(${x}) % 1000 = 0`
      return partial(given, `CASE WHEN isfinite(${x}) AND ${whole} THEN ${own} END`, [infinite, otherwise('exact')])
    }
    case 'text':
    case 'json':
      return undefined
    default:
      return unreachable(from)
  }
}
