import { falsehoods, spaces, truths } from '../grammar.ts'

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const fullMatch = (text: string, pattern: string): string => `regexp_full_match(${text}, ${literal(pattern)})`

/** The pattern somewhere in the text. */
export const partMatch = (text: string, pattern: string): string => `regexp_matches(${text}, ${literal(pattern)})`

export const trimmed = (text: string): string => `trim(${text}, ${literal(spaces)})`

export const holdsNul = (text: string): string => `contains(${text}, chr(0))`

/** Of a text as nearly all are. */
export const quickBoolean = (text: string): string => `CASE WHEN ${text} = 'true' THEN true WHEN ${text} = 'false' THEN false END`

/**
 * `IN` over a few values more than five makes DuckDB plan a join, 7 ms of processor time each; a list is looked through in place. A long
 * one is what joins are for.
 */
export const isAmong = (value: string, values: readonly string[]): string =>
  values.length < 100 ? `list_contains([${values.join(', ')}], ${value})` : `(${value} IN (${values.join(', ')}))`

export function booleanOfText(text: string): string {
  const word = `lower(${trimmed(text)})`
  const among = (words: readonly string[]): string => isAmong(word, words.map(literal))
  return `CASE WHEN ${among(truths)} THEN true WHEN ${among(falsehoods)} THEN false END`
}
