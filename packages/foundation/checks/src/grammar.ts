/**
 * What a text must look like to be a value, as patterns that both engines and JavaScript read alike: no class that depends on a locale, no
 * look-around. They stand for the whole text unless said otherwise.
 */

/** Spaces around a value mean nothing, except in text and JSON. */
export const space = String.raw`[ \t\n\v\f\r]*`
export const spaces = ' \t\n\v\f\r'

const around = (pattern: string): string => `${space}(?:${pattern})${space}`

const digits = String.raw`(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)`
const exponent = '(?:[eE][+-]?[0-9]{1,3})'

/** Every number of this form, in at most `longestNumber` bytes, is one that both engines compute with exactly. */
export const number = around(`[+-]?${digits}${exponent}?`)
export const longestNumber = 400

/** Doubles also have these. */
export const notFinite = around('[nN][aA][nN]|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?')

/** A digit before the exponent that is not 0: the number is not 0. To be found anywhere in the text. */
export const nonZero = '^[^eE]*[1-9]'

/** PostgreSQL: any unique beginning of these words, in any case. */
export const truths: readonly string[] = ['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1']
export const falsehoods: readonly string[] = ['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0']

/** The stores share the years 0001 to 9999: more are not portable (Parquet readers, ISO 8601). */
const year = '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9][0-9]|[1-9][0-9][0-9][0-9])'
const monthAndDay = '-[0-9][0-9]-[0-9][0-9]'
/** A year that is one, and not one of those. */
const farYear = '(?:[+-]?[0-9]{5,9}|-[0-9]{4}|0000)'
const beforeChrist = String.raw`(?: BC| \(BC\))`
const time = String.raw`(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?`
const offset = '(?: ?(?:Z|UTC)|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)'
const midnight = String.raw`(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00(?::?00)?)?)?`

/** ISO 8601, or an instant at midnight UTC. Whether the month has the day is for the engine to say. */
export const date = around(`${year}${monthAndDay}${midnight}`)
export const farDate = around(`${farYear}${monthAndDay}${midnight}|[0-9]{4,9}${monthAndDay}${beforeChrist}`)

/** ISO 8601, with a space for the T if need be; without an offset it is UTC. */
export const timestamp = around(`${year}${monthAndDay}(?:[T ]${time}${offset}?)?`)
export const farTimestamp = around(
  `(?:${farYear}${monthAndDay}|[0-9]{4,9}${monthAndDay}${beforeChrist})(?:[T ]${time}${offset}?)?${beforeChrist}?`,
)
/** The parts of a timestamp: what the clock shows, sign, hours and minutes of the offset. */
export const timestampParts = `${space}(${year}${monthAndDay}(?:[T ]${time})?)(?: ?(?:Z|UTC)|([+-])([0-9][0-9]):?([0-9][0-9])?)?${space}`
/** Digits behind the microsecond. To be found anywhere in the text. */
export const belowMicroseconds = String.raw`\.[0-9]{6}[0-9]*[1-9]`

/** A string of JSON with its quotes. */
export const jsonString = String.raw`"(?:[^"\\]|\\.)*"`
/** An escaped NUL character in JSON. To be found anywhere in the text. */
export const jsonNul = String.raw`(?:^|[^\\])(?:\\\\)*\\u0000`
/** What DuckDB takes for JSON and RFC 8259 does not: a comma before a closing bracket, NaN, infinities. To be found outside of strings. */
export const laxJson = String.raw`,[ \t\n\r]*[\]}]|(?:^|[^a-zA-Z])(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)(?:[^a-zA-Z]|$)`
/** A number of JSON that no store computes with. To be found outside of strings. */
export const hugeJsonNumber = '[0-9][eE][+-]?0*[1-9][0-9]{4}'
