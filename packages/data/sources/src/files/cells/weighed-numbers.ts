import { quoteLiteral } from '@sluice/duckdb'
import { doubtful, nearlyAllSql, type Weighed } from './evidence.ts'
import { type NumberStyle, numberPattern, numberSql } from './numbers.ts'

type Style = Pick<NumberStyle, 'decimal' | 'currency'>

export const looksLikeThousands = 'looks like thousands'

/** Which readings a text has: with a point before the fraction, with a comma; `either` has both, and they are two numbers. */
function readings(x: string, currency: string | undefined): Readonly<Record<'point' | 'comma' | 'either', string>> {
  const reads = (decimal: '.' | ','): string => `regexp_full_match(${x}, ${quoteLiteral(numberPattern({ decimal, currency }))})`
  const [point, comma] = [reads('.'), reads(',')]
  // Most texts have no mark, and are not held against the patterns.
  const marked = `(contains(${x}, '.') OR contains(${x}, ','))`
  return {
    point: `CASE WHEN ${marked} THEN ${point} AND NOT ${comma} ELSE false END`,
    comma: `CASE WHEN ${marked} THEN ${comma} AND NOT ${point} ELSE false END`,
    either: `CASE WHEN ${marked} THEN ${point} AND ${comma} ELSE false END`,
  }
}

/**
 * A number by the mark that its column has in the whole file, with that of the sample where not one text says it. Where texts say one and
 * the other, those that may mean both are doubtful.
 * @param key a name of its own for the counts of this column
 */
export function weighedNumber(x: string, style: Style, key: string): Weighed {
  const { currency } = style
  const { point, comma, either } = readings(x, currency)
  const [points, commas] = [`${key}_points`, `${key}_commas`]
  const by = (decimal: '.' | ',' | undefined): string => numberSql(x, { decimal, currency })
  const unsaid = style.decimal === undefined ? '' : `WHEN ${points} + ${commas} = 0 THEN ${by(style.decimal)}`
  const apart = `CASE WHEN ${either} THEN ${doubtful(x, looksLikeThousands)} WHEN ${point} THEN ${by('.')} WHEN ${comma} THEN ${by(',')} ELSE ${by(undefined)} END`
  return {
    counts: { [points]: `count_if(${point})`, [commas]: `count_if(${comma})` },
    sql: `CASE WHEN ${nearlyAllSql(points, commas)} THEN ${by('.')} WHEN ${nearlyAllSql(commas, points)} THEN ${by(',')} ${unsaid} ELSE ${apart} END`,
  }
}

/**
 * The same on the fast road. By a point the judge reads what `weighedNumber` does or refuses; by a comma a text that says a point is
 * refused, and without a mark each text with one.
 */
export function hopefulNumber(x: string, style: Style, isOdd: boolean): string | undefined {
  if (style.decimal === '.') return isOdd ? numberSql(x, style) : undefined
  const read = isOdd || style.decimal === ',' ? numberSql(x, style) : x
  const { point } = readings(x, style.currency)
  if (style.decimal === ',') return `CASE WHEN contains(${x}, '.') AND ${point} THEN ${doubtful(x, looksLikeThousands)} ELSE ${read} END`
  const isRead = isOdd ? `WHEN regexp_full_match(${x}, ${quoteLiteral(numberPattern(style))}) THEN ${read} ` : ''
  return `CASE ${isRead}WHEN contains(${x}, '.') THEN ${doubtful(x, looksLikeThousands)} ELSE ${read} END`
}
