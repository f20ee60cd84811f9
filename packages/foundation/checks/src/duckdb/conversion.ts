import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import type { Arm, Conversion } from '../dialect.ts'
import { belowMicroseconds, farDate, farTimestamp, timestamp } from '../grammar.ts'
import { holdsHugeNumber, holdsNulEscape, isJson, isPlainJson, isPlainlyWritten } from './json.ts'
import {
  beyondDecimal,
  beyondInteger,
  exactDecimal,
  exactDouble,
  exactInteger,
  finerThan,
  isNumber,
  roundedDecimal,
  type WholeType,
} from './numbers.ts'
import { type Family, familyOf, namesTime, sizeOf, type TimeFamily } from './source.ts'
import { booleanOfText, fullMatch, holdsNul, partMatch } from './text.ts'
import { dayInReach, dayOfText, instantInReach, instantOfText, isNoDay } from './times.ts'

/**
 * The conversion of an expression of a DuckDB type, strict: nothing is rounded, cut or overflowed in silence. A value that does not convert
 * becomes NULL, and only of those it is asked why. `undefined` where no conversion has a meaning.
 */
export function conversionOf(target: ColumnType, source: string, x: string): Conversion | undefined {
  const from = familyOf(source)
  // The JSON `null` is not a value.
  const text = from === 'json' ? `(${x} ->> '$')` : from === 'text' ? x : `CAST(${x} AS VARCHAR)`
  const given: Given = { x, source, from, text }
  switch (target.kind) {
    case 'text':
      return from === 'nested' || source === 'BLOB' ? undefined : textConversion(given, target.max)
    case 'json':
      return jsonConversion(given)
    case 'boolean':
      return booleanConversion(given)
    case 'integer':
      return wholeConversion(given, 'INTEGER')
    case 'bigint':
      return wholeConversion(given, 'BIGINT')
    case 'double':
      return doubleConversion(given)
    case 'decimal':
      return decimalConversion(given, target)
    case 'date':
      return namesTime(from) ? dateConversion(given, from) : undefined
    case 'timestamp':
      return namesTime(from) ? instantConversion(given, from) : undefined
    default:
      return unreachable(target)
  }
}

interface Given {
  readonly x: string
  readonly source: string
  readonly from: Family
  /** The value as text. */
  readonly text: string
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
  const value = from === 'text' ? x : `CAST(to_json(${x}) AS VARCHAR)`
  const mayBreak = from === 'text' || from === 'json' || from === 'nested' || from === 'float'
  return {
    value,
    absent: `${x} IS NULL`,
    arms: (typed) =>
      mayBreak
        ? [
            { when: from === 'text' ? isPlainJson(typed) : isPlainlyWritten(typed), breaks: null },
            { when: `NOT ${isJson(typed)}`, breaks: 'type' },
            { when: holdsNulEscape(typed), breaks: 'characters' },
            { when: holdsHugeNumber(typed), breaks: 'range' },
          ]
        : [],
  }
}

function booleanConversion(given: Given): Conversion | undefined {
  const { from, x, text } = given
  if (from === 'boolean') return total(given, x)
  return from === 'text' || from === 'json' ? partial(given, booleanOfText(text), [otherwise('type')]) : undefined
}

/** By way of the text, which says whether a fraction is lost. */
function wholeConversion(given: Given, type: WholeType): Conversion | undefined {
  const { from, source, x, text } = given
  if (from === 'integer') {
    return source === type || (source === 'INTEGER' && type === 'BIGINT')
      ? total(given, source === type ? x : `CAST(${x} AS ${type})`)
      : partial(given, `TRY_CAST(${x} AS ${type})`, [otherwise('range')])
  }
  if (from !== 'decimal' && from !== 'float' && from !== 'text' && from !== 'json') return undefined
  return partial(given, exactInteger(text, type), [
    { when: `NOT ${isNumber(text)}`, breaks: 'type' },
    { when: beyondInteger(text, type), breaks: 'range' },
    otherwise('exact'),
  ])
}

function doubleConversion(given: Given): Conversion | undefined {
  const { from, x, text } = given
  if (from === 'float' || from === 'integer' || from === 'decimal') return total(given, `CAST(${x} AS DOUBLE)`)
  if (from !== 'text' && from !== 'json') return undefined
  return partial(given, exactDouble(text), [{ when: `NOT ${isNumber(text)}`, breaks: 'type' }, otherwise('range')])
}

function decimalConversion(given: Given, { precision, scale, round }: ColumnType & { readonly kind: 'decimal' }): Conversion | undefined {
  const { from, source, x, text } = given
  const [digits, places] = sizeOf(source)
  if (digits !== undefined && places <= scale && digits - places <= precision - scale)
    return total(given, `CAST(${x} AS DECIMAL(${precision},${scale}))`)
  if (from !== 'text' && from !== 'json' && from !== 'integer' && from !== 'decimal' && from !== 'float') return undefined
  const exact = exactDecimal(text, precision, scale)
  const why: readonly Arm[] = [
    { when: `NOT ${isNumber(text)}`, breaks: 'type' },
    { when: beyondDecimal(text, precision, scale), breaks: 'range' },
  ]
  if (round === undefined) return partial(given, exact, [...why, otherwise('exact')])
  const rounded = `(${isNumber(text)} AND ${finerThan(text, scale)})`
  const value = `CASE WHEN ${rounded} THEN ${roundedDecimal(text, precision, scale)} ELSE ${exact} END`
  return { ...partial(given, value, [...why, otherwise('range')]), rounded: `coalesce(${rounded}, false)` }
}

/** An instant is a day only when it is midnight UTC. */
function dateConversion(given: Given, from: TimeFamily): Conversion {
  const { x, text } = given
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
      return partial(given, dayOfText(text), [{ when: fullMatch(text, farDate), breaks: 'range' }, otherwise('type')])
    default:
      return unreachable(from)
  }
}

function instantConversion(given: Given, from: TimeFamily): Conversion {
  const { source, x, text } = given
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
      return partial(given, instantOfText(text), [
        { when: fullMatch(text, farTimestamp), breaks: 'range' },
        { when: `NOT ${fullMatch(text, timestamp)} OR ${isNoDay(text)}`, breaks: 'type' },
        { when: partMatch(text, belowMicroseconds), breaks: 'exact' },
        otherwise('range'),
      ])
    default:
      return unreachable(from)
  }
}
