import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import type { Arm } from '../dialect.ts'
import { belowMicroseconds, farDate, farTimestamp, timestamp } from '../grammar.ts'
import { holdsHugeNumber, holdsNulEscape, isJson, isPlainJson } from './json.ts'
import {
  beyondDecimal,
  beyondInteger,
  exactDecimal,
  exactDouble,
  exactInteger,
  finerThan,
  isNumber,
  quickDecimal,
  quickDouble,
  quickInteger,
  roundedDecimal,
  type WholeType,
} from './numbers.ts'
import { booleanOfText, fullMatch, partMatch, quickBoolean } from './text.ts'
import { dayOfText, instantOfText, isNoDay, quickDay, quickInstant } from './times.ts'

/** A text, and the number in it as plain digits, NULL where there is none: names of both. */
export interface TextNames {
  readonly x: string
  readonly plain: string
}

/** How texts become values of a type. The parts are SQL over names. */
export interface TextWay {
  /** Ways of one key are the same. */
  readonly key: string
  /** The value of texts as nearly all are; NULL for others, which are converted by `whole`. To be planned once a column, so it is short. */
  readonly quick: (x: string) => string
  /** Whether `plain` is looked at. */
  readonly numeric: boolean
  /** The value of any other text, NULL where it does not convert. */
  readonly whole: (names: TextNames) => string
  /** Why it does not. One of them holds. */
  readonly why: (names: TextNames) => readonly Arm[]
  /** The value is a rounded one. */
  readonly rounded?: (names: TextNames) => string
}

const otherwise = (breaks: Arm['breaks']): Arm => ({ when: 'true', breaks })
const noNumber = ({ plain }: TextNames): Arm => ({ when: `${plain} IS NULL`, breaks: 'type' })

export function textWay(type: ColumnType): TextWay | undefined {
  const key = JSON.stringify(type)
  switch (type.kind) {
    case 'text':
      return undefined
    case 'boolean':
      return { key, quick: quickBoolean, numeric: false, whole: ({ x }) => booleanOfText(x), why: () => [otherwise('type')] }
    case 'integer':
      return wholeWay(key, 'INTEGER')
    case 'bigint':
      return wholeWay(key, 'BIGINT')
    case 'double':
      return {
        key,
        quick: quickDouble,
        numeric: false,
        whole: ({ x }) => exactDouble(x),
        why: ({ x }) => [{ when: `NOT ${isNumber(x)}`, breaks: 'type' }, otherwise('range')],
      }
    case 'decimal':
      return decimalWay(key, type)
    case 'date':
      return {
        key,
        quick: quickDay,
        numeric: false,
        whole: ({ x }) => dayOfText(x),
        why: ({ x }) => [{ when: fullMatch(x, farDate), breaks: 'range' }, otherwise('type')],
      }
    case 'timestamp':
      return {
        key,
        quick: quickInstant,
        numeric: false,
        whole: ({ x }) => instantOfText(x),
        why: ({ x }) => [
          { when: fullMatch(x, farTimestamp), breaks: 'range' },
          { when: `NOT ${fullMatch(x, timestamp)} OR ${isNoDay(x)}`, breaks: 'type' },
          { when: partMatch(x, belowMicroseconds), breaks: 'exact' },
          otherwise('range'),
        ],
      }
    case 'json':
      return jsonWay(key)
    default:
      return unreachable(type)
  }
}

const wholeWay = (key: string, type: WholeType): TextWay => ({
  key,
  quick: (x) => quickInteger(x, type),
  numeric: true,
  whole: ({ plain }) => exactInteger(plain, type),
  why: (names) => [noNumber(names), { when: beyondInteger(names.plain, type), breaks: 'range' }, otherwise('exact')],
})

function decimalWay(key: string, { precision, scale, round }: ColumnType & { readonly kind: 'decimal' }): TextWay {
  const way = {
    key,
    quick: (x: string) => quickDecimal(x, precision, scale),
    numeric: true,
    why: (names: TextNames): readonly Arm[] => [
      noNumber(names),
      { when: beyondDecimal(names.plain, precision, scale), breaks: 'range' },
      otherwise(round === undefined ? 'exact' : 'range'),
    ],
  }
  if (round === undefined) return { ...way, whole: ({ plain }) => exactDecimal(plain, precision, scale) }
  const finer = ({ plain }: TextNames): string => finerThan(plain, scale)
  return {
    ...way,
    whole: ({ plain }) =>
      `CASE WHEN ${finer({ x: '', plain })} THEN ${roundedDecimal(plain, precision, scale)} ELSE ${exactDecimal(plain, precision, scale)} END`,
    rounded: finer,
  }
}

function jsonWay(key: string): TextWay {
  const why = ({ x }: TextNames): readonly Arm[] => [
    { when: `NOT ${isJson(x)}`, breaks: 'type' },
    { when: holdsNulEscape(x), breaks: 'characters' },
    { when: holdsHugeNumber(x), breaks: 'range' },
  ]
  return {
    key,
    quick: (x) => `CASE WHEN ${isPlainJson(x)} THEN ${x} END`,
    numeric: false,
    whole: (names) =>
      `CASE ${why(names)
        .map(({ when }) => `WHEN ${when} THEN NULL`)
        .join(' ')} ELSE ${names.x} END`,
    why,
  }
}
