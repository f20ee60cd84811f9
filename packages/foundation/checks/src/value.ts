import type { ColumnType } from '@sluice/author'
import { definitionErrors, formatInstant, parseInstant, unreachable } from '@sluice/core'
import { belowMicroseconds, date, falsehoods, longestNumber, number, timestamp, truths } from './grammar.ts'

/** A bound as a value that the column can hold, or `beyond` when it lies outside of them all: behind the greatest, before the least. */
export type Bound = { readonly text: string } | { readonly beyond: 'greatest' | 'least' }

const is = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text)

/**
 * A bound in the column's type, exact: one that is finer than the column moves inwards to the next value that the column can hold.
 * @throws `definition.invalid` for a text that is not a value of the type, and for JSON, which has no order.
 */
export function boundOf(type: ColumnType, text: string, side: 'min' | 'max'): Bound {
  switch (type.kind) {
    case 'integer':
      return scaledBound(text, 32, 0, side)
    case 'bigint':
      return scaledBound(text, 64, 0, side)
    case 'decimal':
      return scaledBound(text, type, type.scale, side)
    case 'timestamp': {
      const [fine, instant] = [new RegExp(belowMicroseconds).test(text), microseconds(text)]
      return { text: instantText(fine && side === 'min' ? instant + 1n : instant) }
    }
    case 'json':
      throw refused('JSON has no order', text, 'Check a column of its own that holds the field.')
    case 'text':
    case 'double':
    case 'boolean':
    case 'date':
      return { text: literalOf(type, text) }
    default:
      return unreachable(type)
  }
}

/**
 * A text as the column's type spells it.
 * @throws `definition.invalid` for a text that is not a value of the type, and for JSON, whose equality is each engine's own.
 */
export function literalOf(type: ColumnType, text: string): string {
  switch (type.kind) {
    case 'text':
      if (text.includes('\0')) throw refused('no column of text holds a NUL character', text, 'Take it out of the check.')
      return text
    case 'integer':
      return exactText(text, 32, 0)
    case 'bigint':
      return exactText(text, 64, 0)
    case 'decimal':
      return exactText(text, type, type.scale)
    case 'double':
      if (is(number, text) && Number.isFinite(Number(text))) return text.trim()
      throw refused('it is not a finite number', text, "Write it as a number: within('share', { min: 0, max: 0.5 }).")
    case 'boolean':
      return booleanText(text)
    case 'date':
      return dateText(text)
    case 'timestamp':
      if (new RegExp(belowMicroseconds).test(text)) throw refused('it is finer than a microsecond', text, 'Leave the last digits out.')
      return instantText(microseconds(text))
    case 'json':
      throw refused('values of JSON are not compared', text, 'Check a column of its own that holds the field.')
    default:
      return unreachable(type)
  }
}

function booleanText(text: string): string {
  const word = text.trim().toLowerCase()
  if (truths.includes(word)) return 'true'
  if (falsehoods.includes(word)) return 'false'
  throw refused('it is neither true nor false', text, "Write 'true' or 'false'.")
}

function dateText(text: string): string {
  const day = text.trim().slice(0, 10)
  if (is(date, text) && parseInstant(day) !== undefined) return day
  throw refused('it is not a date', text, 'Write it as YYYY-MM-DD.')
}

/** Of a timestamp; digits behind the microsecond are left out. */
function microseconds(text: string): bigint {
  const plain = text
    .trim()
    .replace(/ ?UTC$/, 'Z')
    .replace(/ Z$/, 'Z')
    .replace(/([+-]\d\d)$/, '$1:00')
  const [, fraction = ''] = /\.(\d+)/.exec(plain) ?? []
  // A date ends like an offset without minutes.
  const whole = /^\d{4}-\d\d-\d\d:00$/.test(plain) ? plain.slice(0, 10) : plain.replace(/\.\d+/, '')
  const instant = is(timestamp, text) ? parseInstant(whole) : undefined
  if (instant === undefined) throw refused('it is not a timestamp', text, 'Write it as YYYY-MM-DDTHH:MM:SSZ.')
  const micros = BigInt(instant) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
  if (micros < leastInstant || micros > greatestInstant) throw refused('it lies outside of the years 1 to 9999', text, 'Correct the year.')
  return micros
}

const leastInstant = -62_135_596_800_000_000n
const greatestInstant = 253_402_300_799_999_999n

function instantText(micros: bigint): string {
  const below = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = formatInstant(Number((micros - below) / 1000n))
    .slice(0, 19)
    .replace('T', ' ')
  return `${seconds}.${below.toString().padStart(6, '0')}+00`
}

/** The whole numbers that a type holds, in units of its last digit: by its bits, or by its digits. */
type Size = 32 | 64 | { readonly precision: number }

const greatest = (size: Size): bigint => (typeof size === 'number' ? 2n ** BigInt(size - 1) - 1n : 10n ** BigInt(size.precision) - 1n)
const least = (size: Size): bigint => (typeof size === 'number' ? -(2n ** BigInt(size - 1)) : -greatest(size))

function scaledBound(text: string, size: Size, scale: number, side: 'min' | 'max'): Bound {
  const { whole, rest } = scaled(text, scale)
  const value = side === 'min' && rest ? whole + 1n : whole
  if (value > greatest(size)) return { beyond: 'greatest' }
  if (value < least(size)) return { beyond: 'least' }
  return { text: decimalText(value, scale) }
}

function exactText(text: string, size: Size, scale: number): string {
  const { whole, rest } = scaled(text, scale)
  if (rest || whole > greatest(size) || whole < least(size))
    throw refused('the column does not hold it', text, 'Correct the value or the type of the column.')
  return decimalText(whole, scale)
}

/** The number times 10^scale, rounded down, and whether something was left. */
function scaled(text: string, scale: number): { readonly whole: bigint; readonly rest: boolean } {
  const match = /^([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/.exec(text.trim())
  if (match === null || !is(number, text) || text.length > longestNumber)
    throw refused('it is not a number', text, "Write it as a number: within('price', { min: '0.01' }).")
  const [, sign, before = '', behind = '', exponent = '0'] = match
  const shift = scale - behind.length + Number(exponent)
  const digits = BigInt(before + behind)
  const signed = sign === '-' ? -digits : digits
  if (shift >= 0) return { whole: signed * 10n ** BigInt(shift), rest: false }
  const unit = 10n ** BigInt(-shift)
  const rest = signed % unit !== 0n
  return { whole: signed / unit - (rest && signed < 0n ? 1n : 0n), rest }
}

function decimalText(value: bigint, scale: number): string {
  const padded = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const point = padded.length - scale
  return `${value < 0n ? '-' : ''}${padded.slice(0, point)}${scale === 0 ? '' : `.${padded.slice(point)}`}`
}

const refused = (why: string, text: string, next: string) =>
  definitionErrors.invalid(`a check names ${JSON.stringify(text)}: ${why}`, { facts: { value: text }, next })
