import { quoteLiteral } from '@sluice/duckdb'

/**
 * SQL over a text of JSON, before DuckDB parses it. Its parser makes a double of every number with a fraction or an exponent, and so rounds
 * what has more than 15 digits; it takes no text with half of a surrogate pair (`"\ud800"`), which `JSON.stringify` writes.
 */

const digits = 16
const exponent = '(?:[eE][+-]?[0-9]+)'
const splits = Array.from({ length: digits - 1 }, (_, place) => `[0-9]{${place + 1}}[.][0-9]{${digits - 1 - place},}`)

/**
 * A number that a double may change: 16 digits and more around a point or before an exponent, or an exponent that reaches beyond the
 * doubles. Any decimal of 15 digits comes back from a double as it was (IEEE 754, DBL_DIG). No suffix of another number is one.
 */
const longNumber = `-?(?:(?:[0-9]{${digits},}[.][0-9]+|${splits.join('|')})${exponent}?|[0-9]{${digits},}${exponent}|[0-9]+(?:[.][0-9]+)?[eE][+-]?[0-9]{3,})`
const string = String.raw`"(?:[^"\\]|\\.)*"`

/** Whether there may be such a number: also true where one stands in a string behind a colon, a comma or a bracket. */
const mayHoldLongNumber = (text: string): string =>
  `regexp_matches(${text}, ${quoteLiteral(String.raw`(?:^|[:,[])[ \t\n\r]*${longNumber}`)})`

// Two control characters, which JSON has in no text: who finds them there leaves the text alone, and the parser refuses it.
const [open, close] = ['chr(1)', 'chr(2)']

/** Begins the string that stands for a number where fields are read as JSON, to be told from other strings. */
const mark = quoteLiteral(String.raw`"\u0001`)

/**
 * Long numbers as strings of their characters. With marks, which `unmarked` and `unmarkedJson` take back, they are told from strings: one
 * that begins with the mark by itself gets a second one. 40 ns a byte, of bodies with such numbers alone.
 */
export function numbersAsTexts(text: string, withMarks: boolean): string {
  const found = `regexp_replace(${text}, ${quoteLiteral(`(${string})|(${longNumber})`)}, '\\1' || ${open} || '\\2' || ${close}, 'g')`
  const outside = `replace(${found}, ${open} || ${close}, '')`
  const quoted = `replace(replace(${outside}, ${open}, ${withMarks ? mark : `'"'`}), ${close}, '"')`
  return `CASE WHEN ${mayHoldLongNumber(text)} AND NOT contains(${text}, ${open}) AND NOT contains(${text}, ${close}) THEN ${quoted} ELSE ${text} END`
}

/** Before that: strings that begin with the mark. */
export function ownMarksTwice(text: string): string {
  const own = String.raw`(")(\\u0001(?:[^"\\]|\\.)*")`
  const found = `regexp_replace(${text}, ${quoteLiteral(`${own}|(${string})`)}, '\\1' || ${open} || '\\2\\3', 'g')`
  const twice = `replace(replace(${found}, '"' || ${open}, ${mark}), ${open}, '')`
  return `CASE WHEN contains(${text}, ${mark}) AND NOT contains(${text}, ${open}) THEN ${twice} ELSE ${text} END`
}

export const unmarked = (text: string): string => `CASE WHEN starts_with(${text}, ${open}) THEN substr(${text}, 2) ELSE ${text} END`

export function unmarkedJson(json: string): string {
  const number = String.raw`"\\u0001(-?[0-9][^"\\]*)"`
  const own = String.raw`(")\\u0001(\\u0001(?:[^"\\]|\\.)*")`
  const back = `regexp_replace(${json}, ${quoteLiteral(`${number}|${own}|(${string})`)}, '\\1\\2\\3\\4', 'g')`
  return `CASE WHEN contains(${json}, ${mark}) THEN ${back} ELSE ${json} END`
}

const half = String.raw`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`
const pair = String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`
const backslash = String.raw`\\\\`

/**
 * Halves of surrogate pairs as U+0000, which stands for a character that no store holds: the rule of the row finds it. Other texts are left
 * as they are.
 */
export function withoutHalves(text: string): string {
  const found = `regexp_replace(${text}, ${quoteLiteral(`(${backslash}|${pair})|${half}`)}, '\\1' || ${open}, 'g')`
  const kept = `regexp_replace(${found}, ${quoteLiteral(`(${backslash}|${pair})\x01`)}, '\\1', 'g')`
  return `CASE WHEN regexp_matches(${text}, ${quoteLiteral(half)}) AND NOT contains(${text}, ${open}) THEN replace(${kept}, ${open}, ${quoteLiteral(String.raw`\u0000`)}) ELSE ${text} END`
}
