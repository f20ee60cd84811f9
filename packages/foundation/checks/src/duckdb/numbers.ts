import { longestNumber, nonZero, notFinite, number } from '../grammar.ts'
import { fullMatch, partMatch, trimmed } from './text.ts'

/**
 * Numbers as text to exact numbers, in SQL, with no double in between. DuckDB's own cast rounds in silence ('1.239' as DECIMAL(3,2) is
 * 1.24), so a value is taken only when its text says that nothing is lost.
 */

export const isNumber = (text: string): string => `(strlen(${text}) <= ${longestNumber} AND ${fullMatch(text, number)})`

/**
 * NULL unless the text is a number that DECIMAL(precision, scale) holds exactly. DuckDB's cast to decimals of more than 18 digits takes 7
 * us a value; plain text with at most 18 digits on either side of the point, which is nearly all, goes through two 64-bit casts instead
 * (0.1 us).
 */
export function exactDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const [digits, places] = [precision - scale, scale]
  const fits = String.raw`[+-]?0*[0-9]{0,${digits}}(?:\.[0-9]{0,${places}}0*)?`
  const [fewDigits, fewPlaces] = [Math.min(digits, 18), Math.min(places, 18)]
  const whole = `CAST(CAST(left(${text}, strpos(${text}, '.') - 1) AS BIGINT) AS ${type})`
  const fraction = `CAST(substr(${text}, strpos(${text}, '.')) AS DECIMAL(18,${fewPlaces}))`
  const fast =
    fewDigits === 0 || fewPlaces === 0
      ? ''
      : `WHEN regexp_full_match(${text}, '-?[0-9]{1,${fewDigits}}\\.[0-9]{1,${fewPlaces}}')
      THEN CAST(${whole} + CASE WHEN starts_with(${text}, '-') THEN -${fraction} ELSE ${fraction} END AS ${type})`
  return `CASE ${fast}
    WHEN regexp_full_match(${text}, '-?[0-9]{1,${Math.max(1, fewDigits)}}') THEN TRY_CAST(CAST(${text} AS BIGINT) AS ${type})
    WHEN ${isNumber(text)} AND ${fullMatch(plainText(text), fits)} THEN TRY_CAST(${plainText(text)} AS ${type})
  END`
}

/**
 * The number rounded half-even to the scale; NULL where that does not fit. Of the digits behind the scale it only counts whether they are
 * more than a half, a half, or less.
 */
export function roundedDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const plain = plainText(text)
  const kept = `regexp_extract(${plain}, '^[+-]?[0-9]*(?:[.][0-9]{0,${scale}})?')`
  const rest = `regexp_extract(${plain}, '[.][0-9]{${scale}}([0-9]*)$', 1)`
  const isOdd = `regexp_matches(${kept}, '[13579][.]?$')`
  const up = `(regexp_matches(${rest}, '^(?:[6-9]|50*[1-9])') OR (regexp_matches(${rest}, '^50*$') AND ${isOdd}))`
  const unit = `CAST('${scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`}' AS ${type})`
  const cut = `TRY_CAST(CASE WHEN regexp_matches(${kept}, '[0-9]') THEN ${kept} ELSE '0' END AS ${type})`
  const step = `CASE WHEN starts_with(${plain}, '-') THEN -${unit} ELSE ${unit} END`
  return `CASE WHEN ${isNumber(text)} THEN CASE WHEN ${up} THEN TRY_CAST(TRY(${cut} + ${step}) AS ${type}) ELSE ${cut} END END`
}

/** Of a number: it has digits behind the scale that are not 0. */
export const finerThan = (text: string, scale: number): string => partMatch(plainText(text), `[.][0-9]{${scale}}[0-9]*[1-9]`)

/** Of a number: it has more digits before the point than the decimal takes. */
export const beyondDecimal = (text: string, precision: number, scale: number): string =>
  fullMatch(plainText(text), String.raw`[+-]?0*[1-9][0-9]{${precision - scale},}(?:\.[0-9]*)?`)

export type WholeType = 'INTEGER' | 'BIGINT'

/** NULL unless the text is a whole number of the integer type: `1.0` and `1e3` are, `1.5` and what is out of range are not. */
export function exactInteger(text: string, type: WholeType): string {
  return `CASE
    WHEN regexp_full_match(${text}, '-?[0-9]{1,18}') THEN TRY_CAST(${text} AS ${type})
    WHEN ${isNumber(text)} AND ${fullMatch(plainText(text), String.raw`[+-]?0*[0-9]{0,19}(?:\.0*)?`)}
      THEN TRY_CAST(TRY_CAST(${plainText(text)} AS DECIMAL(38,0)) AS ${type})
  END`
}

/** Of a number that is not a whole one: what stands before its point is beyond the integer type. */
export const beyondInteger = (text: string, type: WholeType): string => {
  const whole = `regexp_replace(${plainText(text)}, '\\.[0-9]*$', '')`
  const few = fullMatch(whole, '[+-]?0*[0-9]{0,19}')
  return `(NOT ${few} OR TRY_CAST(TRY_CAST(${whole} || '.0' AS DECIMAL(38,1)) AS ${type}) IS NULL)`
}

/** NULL for what is not a number, and for a number that would become an infinity or, without being 0, 0. */
export function exactDouble(text: string): string {
  const value = `TRY_CAST(${trimmed(text)} AS DOUBLE)`
  const lost = `isinf(${value}) OR (${value} = 0 AND ${partMatch(text, nonZero)})`
  return `CASE WHEN ${isNumber(text)} THEN CASE WHEN ${lost} THEN NULL ELSE ${value} END WHEN ${fullMatch(text, notFinite)} THEN ${value} END`
}

const scientific = String.raw`^([+-]?)([0-9]*)\.?([0-9]*)[eE]([+-]?[0-9]{1,3})$`

/** Of a number: the same without an exponent, the point moved through the digits. */
function plainText(text: string): string {
  const bare = trimmed(text)
  const part = (index: number) => `regexp_extract(${bare}, '${scientific}', ${index})`
  const digits = `(${part(2)} || ${part(3)})`
  const point = `(length(${part(2)}) + CAST(${part(4)} AS INTEGER))`
  return `CASE
    WHEN NOT (contains(${text}, 'e') OR contains(${text}, 'E')) THEN ${bare}
    WHEN regexp_full_match(${digits}, '0*') THEN '0'
    WHEN ${point} <= 0 THEN ${part(1)} || '0.' || repeat('0', -${point}) || ${digits}
    WHEN ${point} >= length(${digits}) THEN ${part(1)} || ${digits} || repeat('0', ${point} - length(${digits}))
    ELSE ${part(1)} || left(${digits}, ${point}) || '.' || substr(${digits}, ${point} + 1)
  END`
}
