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
 * NULL unless the text is a number that DECIMAL(precision, scale) holds exactly. Plain text with few enough digits behind the point, which
 * is nearly all, costs one cast and two searches; only the rest meets a regular expression.
 */
export function exactDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`
  const plain = plainText(text)
  const fits = String.raw`[+-]?0*\d{0,${precision - scale}}(\.\d{0,${scale}}0*)?`
  return `CASE
    WHEN strpos(${text}, '.') > 0 AND length(${text}) - strpos(${text}, '.') <= ${scale} AND NOT ${isOdd(text)} THEN TRY_CAST(${text} AS ${type})
    WHEN strpos(${text}, '.') = 0 AND NOT ${isOdd(text)} THEN TRY_CAST(${text} AS ${type})
    WHEN regexp_full_match(trim(${text}), '${numberForm}') AND regexp_full_match(${plain}, '${fits}') THEN TRY_CAST(${plain} AS ${type})
  END`
}

/** NULL unless the text is a whole number of the integer type: `1.0` and `1e3` are, `1.5` and what is out of range are not. */
export function exactInteger(text: string, type: 'INTEGER' | 'BIGINT'): string {
  const plain = plainText(text)
  return `CASE
    WHEN translate(${text}, '-+0123456789', '') = '' THEN TRY_CAST(${text} AS ${type})
    WHEN regexp_full_match(trim(${text}), '${numberForm}') AND regexp_full_match(${plain}, '${String.raw`[+-]?0*\d{0,19}(\.0*)?`}')
      THEN TRY_CAST(split_part(${plain}, '.', 1) AS ${type})
  END`
}

/** An exponent, or the underscores that DuckDB allows between digits. */
const isOdd = (text: string): string => `(contains(${text}, 'e') OR contains(${text}, 'E') OR contains(${text}, '_'))`

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
