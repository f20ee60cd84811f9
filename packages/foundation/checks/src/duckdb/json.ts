import { hugeJsonNumber, jsonNul, jsonString, laxJson } from '../grammar.ts'
import { literal, partMatch } from './text.ts'

/** Outside of strings. Most texts do not have the pattern anywhere, which is cheap to see. */
const outside = (text: string, pattern: string): string =>
  `CASE WHEN ${partMatch(text, pattern)} THEN ${partMatch(`regexp_replace(${text}, ${literal(jsonString)}, '""', 'g')`, pattern)} ELSE false END`

/** DuckDB takes for JSON what PostgreSQL does not. */
export const isJson = (text: string): string => `CASE WHEN json_valid(${text}) THEN NOT ${outside(text, laxJson)} ELSE false END`

export const holdsNulEscape = (text: string): string => partMatch(text, jsonNul)
export const holdsHugeNumber = (text: string): string => outside(text, hugeJsonNumber)
