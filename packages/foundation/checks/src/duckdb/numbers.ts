import { longestNumber, nonZero, notFinite, number } from '../grammar.ts'
import { fullMatch, partMatch, trimmed } from './text.ts'

/**
 * Numbers as text to exact numbers, in SQL, with no double in between. DuckDB's own cast rounds in silence ('1.239' as DECIMAL(3,2) is
 * 1.24), so a value is taken only when its text says that nothing is lost. `quick...` take the texts that nearly all are, and give NULL
 * for others; the functions beside them take the rest, over `plain`, the text of a number as `partsOfNumber` and `plainOfParts` write it.
 */

export const isNumber = (text: string): string => `(strlen(${text}) <= ${longestNumber} AND ${fullMatch(text, number)})`

/**
 * Nothing is lost of a text that its value is written as again: that takes 0.06 us, a pattern twice as long. The type has a cheap cast.
 */
const writtenAgain = (text: string, type: string): string =>
  `WHEN CAST(TRY_CAST(${text} AS ${type}) AS VARCHAR) = ${text} THEN TRY_CAST(${text} AS ${type})`

/**
 * Plain text with at most 18 digits on either side of the point, through two 64-bit casts (0.2 us): DuckDB's cast to decimals of more than
 * 18 digits takes 8 us a value. The fewer functions, the sooner it is planned.
 */
export function quickDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const [digits, places] = [Math.min(precision - scale, 18), Math.min(scale, 18)]
  if (digits === 0) return `CAST(NULL AS ${type})`
  const again = precision <= 18 ? `${writtenAgain(text, type)} ` : ''
  if (places === 0)
    return `CASE ${again}WHEN regexp_full_match(${text}, '-?[0-9]{1,${digits}}') THEN CAST(CAST(${text} AS BIGINT) AS ${type}) END`
  const point = `strpos(${text}, '.')`
  const fraction = `CAST(substr(${text}, ${point}) AS DECIMAL(18,${places})) * CASE WHEN starts_with(${text}, '-') THEN -1 ELSE 1 END`
  return `CASE ${again}WHEN regexp_full_match(${text}, '-?[0-9]{1,${digits}}(?:[.][0-9]{1,${places}})?') THEN
    CASE WHEN contains(${text}, '.') THEN CAST(CAST(CAST(left(${text}, ${point} - 1) AS BIGINT) AS ${type}) + ${fraction} AS ${type})
    ELSE CAST(CAST(${text} AS BIGINT) AS ${type}) END END`
}

/** NULL unless the decimal holds the number exactly. */
export const exactDecimal = (plain: string, precision: number, scale: number): string =>
  `CASE WHEN regexp_full_match(${plain}, '-?0*[0-9]{0,${precision - scale}}(?:[.][0-9]{0,${scale}}0*)?')
    THEN TRY_CAST(${plain} AS DECIMAL(${precision},${scale})) END`

/**
 * The number rounded half-even to the scale; NULL where that does not fit. Of the digits behind the scale it only counts whether they are
 * more than a half, a half, or less.
 */
export function roundedDecimal(plain: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const kept = `regexp_extract(${plain}, '^-?[0-9]+(?:[.][0-9]{0,${scale}})?')`
  const rest = `regexp_extract(${plain}, '[.][0-9]{${scale}}([0-9]*)$', 1)`
  const isOdd = `regexp_matches(${kept}, '[13579][.]?$')`
  const up = `(regexp_matches(${rest}, '^(?:[6-9]|50*[1-9])') OR (regexp_matches(${rest}, '^50*$') AND ${isOdd}))`
  const unit = `CAST('${scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`}' AS ${type})`
  const cut = `TRY_CAST(${kept} AS ${type})`
  const step = `CASE WHEN starts_with(${plain}, '-') THEN -${unit} ELSE ${unit} END`
  return `CASE WHEN ${up} THEN TRY_CAST(TRY(${cut} + ${step}) AS ${type}) ELSE ${cut} END`
}

/** It has digits behind the scale that are not 0. */
export const finerThan = (plain: string, scale: number): string => partMatch(plain, `[.][0-9]{${scale}}[0-9]*[1-9]`)

/** It has more digits before the point than the decimal takes. */
export const beyondDecimal = (plain: string, precision: number, scale: number): string =>
  fullMatch(plain, String.raw`-?0*[1-9][0-9]{${precision - scale},}(?:\.[0-9]*)?`)

export type WholeType = 'INTEGER' | 'BIGINT'

export const quickInteger = (text: string, type: WholeType): string =>
  `CASE ${writtenAgain(text, type)} WHEN regexp_full_match(${text}, '-?[0-9]{1,18}') THEN TRY_CAST(${text} AS ${type}) END`

/** NULL unless the integer type holds the number: `1.0` and `1e3` are whole, `1.5` is not. */
export const exactInteger = (plain: string, type: WholeType): string =>
  `CASE WHEN regexp_full_match(${plain}, '-?[0-9]+(?:[.]0*)?') THEN TRY_CAST(TRY_CAST(${beforePoint(plain)} AS HUGEINT) AS ${type}) END`

/** What stands before its point is beyond the integer type. */
export const beyondInteger = (plain: string, type: WholeType): string =>
  `TRY_CAST(TRY_CAST(${beforePoint(plain)} AS HUGEINT) AS ${type}) IS NULL`

const beforePoint = (plain: string): string => `split_part(${plain}, '.', 1)`

/** Neither an infinity nor, without being 0, 0 can become of these. */
export const quickDouble = (text: string): string =>
  `CASE WHEN regexp_full_match(${text}, '-?[0-9]{1,20}(?:[.][0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?') THEN CAST(${text} AS DOUBLE) END`

/** NULL for what is not a number, and for a number that would become an infinity or, without being 0, 0. */
export function exactDouble(text: string): string {
  const value = `TRY_CAST(${trimmed(text)} AS DOUBLE)`
  const lost = `isinf(${value}) OR (${value} = 0 AND ${partMatch(text, nonZero)})`
  return `CASE WHEN ${isNumber(text)} THEN CASE WHEN ${lost} THEN NULL ELSE ${value} END WHEN ${fullMatch(text, notFinite)} THEN ${value} END`
}

/** A number taken apart: its sign, digits before and behind the point, exponent. NULL for what is not a number. */
export const partsOfNumber = (text: string): string =>
  `CASE WHEN ${isNumber(text)}
    THEN regexp_extract(${trimmed(text)}, '^[+]?(-?)([0-9]*)[.]?([0-9]*)(?:[eE]([+-]?[0-9]+))?$', ['sign', 'whole', 'behind', 'exponent']) END`

/** The number without an exponent, the point moved through the digits: digits before it, and digits behind it where there is one. */
export function plainOfParts(parts: string): string {
  const digits = `(${parts}.whole || ${parts}.behind)`
  const point = `(length(${parts}.whole) + coalesce(TRY_CAST(${parts}.exponent AS INTEGER), 0))`
  return `CASE
    WHEN regexp_full_match(${digits}, '0*') THEN '0'
    WHEN ${point} <= 0 THEN ${parts}.sign || '0.' || repeat('0', -${point}) || ${digits}
    WHEN ${point} >= length(${digits}) THEN ${parts}.sign || ${digits} || repeat('0', ${point} - length(${digits}))
    ELSE ${parts}.sign || left(${digits}, ${point}) || '.' || substr(${digits}, ${point} + 1)
  END`
}
