import { hugeJsonNumber, jsonNul, jsonString, laxJson } from '../grammar.ts'
import { literal, partMatch } from './text.ts'

/** Outside of strings. Most texts do not have the pattern anywhere, which is cheap to see. */
const outside = (text: string, pattern: string): string =>
  `CASE WHEN ${partMatch(text, pattern)} THEN ${partMatch(`regexp_replace(${text}, ${literal(jsonString)}, '""', 'g')`, pattern)} ELSE false END`

/** DuckDB takes for JSON what PostgreSQL does not. */
export const isJson = (text: string): string => `CASE WHEN json_valid(${text}) THEN NOT ${outside(text, laxJson)} ELSE false END`

export const holdsNulEscape = (text: string): string => partMatch(text, jsonNul)
export const holdsHugeNumber = (text: string): string => outside(text, hugeJsonNumber)

/**
 * JSON without anything that has to be looked at again, as nearly all is: 0.2 us a short text, half of what the questions one by one take.
 */
export const isPlainJson = (text: string): string =>
  `(json_valid(${text}) AND NOT ${partMatch(text, `${laxJson}|${jsonNul}|${hugeJsonNumber}`)})`

/**
 * The same of a value of type JSON, which DuckDB has parsed and mostly written itself (30 ns). A text that was only cast to JSON may hide a
 * comma before a bracket, or an exponent of five digits: then the warehouse finds it.
 */
export const isPlainlyWritten = (text: string): string =>
  `NOT (${['NaN', 'Infinity', String.raw`\u0000`].map((odd) => `contains(${text}, ${literal(odd)})`).join(' OR ')})`
