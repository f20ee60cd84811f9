/**
 * Numbers as text to exact decimals, in SQL, with no double in between. DuckDB's own cast rounds in silence ('1.239' as DECIMAL(3,2) is
 * 1.24), so a value is taken only when its text says that nothing is lost.
 */

const numberForm = String.raw`[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`
const notFinite = '[+-]?(nan|inf|infinity)'
const scientific = String.raw`^([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d{1,9})$`

/** Is the text a number at all, `NaN` and infinities included? Then a value that was not taken does not fit; otherwise it is of another type. */
export const isNumberText = (text: string): string =>
  `(regexp_full_match(trim(${text}), '${numberForm}') OR regexp_full_match(lower(trim(${text})), '${notFinite}'))`

/**
 * NULL unless the text is a number that DECIMAL(precision, scale) holds exactly. DuckDB's cast to decimals of more than 18 digits takes 7 us a
 * value; plain text with at most 18 digits on either side of the point, which is nearly all, goes through two 64-bit casts instead (0.1 us).
 */
export function exactDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const plain = plainText(text)
  const [digits, places] = [precision - scale, scale]
  const fits = String.raw`[+-]?0*\d{0,${digits}}(\.\d{0,${places}}0*)?`
  const [fewDigits, fewPlaces] = [Math.min(digits, 18), Math.min(places, 18)]
  const whole = `CAST(CAST(left(${text}, strpos(${text}, '.') - 1) AS BIGINT) AS ${type})`
  const fraction = `CAST(substr(${text}, strpos(${text}, '.')) AS DECIMAL(18,${fewPlaces}))`
  const fast =
    fewDigits === 0 || fewPlaces === 0
      ? ''
      : `WHEN regexp_full_match(${text}, '-?\\d{1,${fewDigits}}\\.\\d{1,${fewPlaces}}')
      THEN CAST(${whole} + CASE WHEN starts_with(${text}, '-') THEN -${fraction} ELSE ${fraction} END AS ${type})`
  return `CASE ${fast}
    WHEN regexp_full_match(${text}, '-?\\d{1,${Math.max(1, fewDigits)}}') THEN TRY_CAST(CAST(${text} AS BIGINT) AS ${type})
    WHEN regexp_full_match(trim(${text}), '${numberForm}') AND regexp_full_match(${plain}, '${fits}') THEN TRY_CAST(${plain} AS ${type})
  END`
}

/** NULL unless the text is a whole number of the integer type: `1.0` and `1e3` are, `1.5` and what is out of range are not. */
export function exactInteger(text: string, type: 'INTEGER' | 'BIGINT'): string {
  const plain = plainText(text)
  return `CASE
    WHEN regexp_full_match(${text}, '-?\\d{1,18}') THEN TRY_CAST(${text} AS ${type})
    WHEN regexp_full_match(trim(${text}), '${numberForm}') AND regexp_full_match(${plain}, '${String.raw`[+-]?0*\d{0,19}(\.0*)?`}')
      THEN TRY_CAST(split_part(${plain}, '.', 1) AS ${type})
  END`
}

/** The number without exponent: the point moved through the digits. NULL past 400 places, which no decimal holds unless all digits are 0. */
function plainText(text: string): string {
  const part = (index: number) => `regexp_extract(trim(${text}), '${scientific}', ${index})`
  const digits = `(${part(2)} || ${part(3)})`
  const point = `(length(${part(2)}) + CAST(${part(4)} AS INTEGER))`
  return `CASE
    WHEN NOT (contains(${text}, 'e') OR contains(${text}, 'E')) THEN trim(${text})
    WHEN NOT regexp_matches(trim(${text}), '${scientific}') THEN NULL
    WHEN regexp_full_match(${digits}, '0*') THEN '0'
    WHEN abs(${point}) > 400 THEN NULL
    WHEN ${point} <= 0 THEN ${part(1)} || '0.' || repeat('0', -${point}) || ${digits}
    WHEN ${point} >= length(${digits}) THEN ${part(1)} || ${digits} || repeat('0', ${point} - length(${digits}))
    ELSE ${part(1)} || left(${digits}, ${point}) || '.' || substr(${digits}, ${point} + 1)
  END`
}
