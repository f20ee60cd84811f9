import { belowMicroseconds, date, timestamp, timestampParts } from '../grammar.ts'
import { fullMatch, literal, partMatch, trimmed } from './text.ts'

const leastDay = "DATE '0001-01-01'"
const greatestDay = "DATE '9999-12-31'"
const leastInstant = "TIMESTAMPTZ '0001-01-01 00:00:00+00'"
const greatestInstant = "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"

export const dayInReach = (day: string): string => `CASE WHEN ${day} BETWEEN ${leastDay} AND ${greatestDay} THEN ${day} END`
export const instantInReach = (instant: string): string =>
  `CASE WHEN ${instant} BETWEEN ${leastInstant} AND ${greatestInstant} THEN ${instant} END`

/** NULL unless the text is a day of the calendar in the years that the stores share. */
export const dayOfText = (text: string): string =>
  `CASE WHEN ${fullMatch(text, date)} THEN TRY_CAST(left(${trimmed(text)}, 10) AS DATE) END`

/** Of a text as nearly all are. Of ten bytes are the days of the years 1 to 9999, and nothing else that a day is written as. */
export const quickDay = (text: string): string =>
  `CASE WHEN strlen(${text}) = 10 AND CAST(TRY_CAST(${text} AS DATE) AS VARCHAR) = ${text} THEN TRY_CAST(${text} AS DATE) END`

const utc = String.raw`[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00(?::00)?)?`

/** Of a text as nearly all are. */
export const quickInstant = (text: string): string =>
  `CASE WHEN ${fullMatch(text, utc)} THEN make_timestamptz(epoch_us(TRY_CAST(${text} AS TIMESTAMP))) END`

/**
 * NULL unless the text is an instant in the years that the stores share, to the microsecond. DuckDB's cast to TIMESTAMPTZ is not used: it
 * also takes names of zones, and one in a batch shifts those around it that name none (DuckDB 1.5.6). The cast to TIMESTAMP leaves the
 * offset out, so it is taken off here.
 */
export function instantOfText(text: string): string {
  const part = (index: number): string => `regexp_extract(${text}, ${literal(`^${timestampParts}$`)}, ${index})`
  const minutes = (index: number): string => `coalesce(TRY_CAST(${part(index)} AS BIGINT), 0)`
  const offset = `(CASE WHEN ${part(2)} = '-' THEN -60000000 ELSE 60000000 END * (${minutes(3)} * 60 + ${minutes(4)}))`
  const shown = `TRY_CAST(${part(1)} AS TIMESTAMP)`
  return `CASE WHEN ${fullMatch(text, timestamp)} AND NOT ${partMatch(text, belowMicroseconds)}
    THEN ${instantInReach(`make_timestamptz(epoch_us(${shown}) - ${offset})`)} END`
}

/** Of a text of the form of a timestamp: its month does not have the day. */
export const isNoDay = (text: string): string => `TRY_CAST(left(${trimmed(text)}, 10) AS DATE) IS NULL`
