import { falsehoods, spaces, truths } from '../grammar.ts'

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const fullMatch = (text: string, pattern: string): string => `regexp_full_match(${text}, ${literal(pattern)})`

/** The pattern somewhere in the text. */
export const partMatch = (text: string, pattern: string): string => `regexp_matches(${text}, ${literal(pattern)})`

export const trimmed = (text: string): string => `trim(${text}, ${literal(spaces)})`

export const holdsNul = (text: string): string => `contains(${text}, chr(0))`

export function booleanOfText(text: string): string {
  const word = `lower(${trimmed(text)})`
  const among = (words: readonly string[]): string => `${word} IN (${words.map(literal).join(', ')})`
  return `CASE WHEN ${among(truths)} THEN true WHEN ${among(falsehoods)} THEN false END`
}
