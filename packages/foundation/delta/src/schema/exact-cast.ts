import { quoteLiteral } from '../sql.ts'
import { type DeltaType, type PrimitiveType, toDuckType } from './schema.ts'

/**
 * The cast of a column of the query to the type of the table. DuckDB rounds or cuts some values without an error; where the types alone do
 * not rule that out, the cast looks at each value and fails for those that would change. A number is exact when the text of the new value
 * is that of the old one, so that the decimal 0.1 is exactly the double 0.1.
 */
export function exactCast(column: string, sql: string, given: string, wanted: DeltaType): string {
  const cast = `CAST(${sql} AS ${toDuckType(wanted)})`
  const isExact = typeof wanted === 'string' ? exactnessOf(sql, cast, given, wanted) : undefined
  if (isExact === undefined) return cast
  const message = `'${column.replaceAll("'", "''")} cannot hold the value ' || CAST(${sql} AS VARCHAR) || ' exactly: ${wanted}'`
  return `CASE WHEN ${sql} IS NULL OR (${isExact}) THEN ${cast} ELSE error(${quoteLiteral(inexact)} || ${message}) END`
}

/** The beginning of the errors of `exactCast`. */
export const inexact = 'inexact: '

/** May a cast of this pair round? Its values have more digits than the type of the table holds. */
export function mayRound(given: string, wanted: DeltaType): boolean {
  if (wanted !== 'double' && wanted !== 'float') return false
  if (given === 'DOUBLE') return wanted === 'float'
  const digits = digitsOf(given)
  return digits !== undefined && digits > (wanted === 'double' ? 15 : 6)
}

function exactnessOf(sql: string, cast: string, given: string, wanted: PrimitiveType): string | undefined {
  if (mayRound(given, wanted)) {
    if (given === 'DOUBLE') return `CAST(${cast} AS DOUBLE) = ${sql}`
    const back = given.startsWith('DECIMAL') ? `TRY_CAST(CAST(${cast} AS VARCHAR) AS ${given})` : `TRY_CAST(${cast} AS HUGEINT)`
    return `coalesce(${back} = ${sql}, false)`
  }
  if (given !== 'VARCHAR' && given !== 'JSON') return undefined
  if (wanted === 'date') return `CAST(${sql} AS TIMESTAMP) = CAST(${cast} AS TIMESTAMP)`
  const nanoseconds = String.raw`\.\d{6}\d*[1-9]`
  const offset = String.raw`:[0-9.]+\s*[+-][0-9:]*[1-9][0-9:]*\s*$`
  if (wanted === 'timestamp') return `NOT regexp_matches(${sql}, '${nanoseconds}')`
  if (wanted === 'timestamp_ntz') return `NOT regexp_matches(${sql}, '${nanoseconds}|${offset}')`
  return undefined
}

/** The most digits of a number of a DuckDB type. Those of the small integers all fit a float. */
function digitsOf(given: string): number | undefined {
  const decimal = /^DECIMAL\((\d+),\d+\)$/.exec(given)
  return decimal === null ? wholeDigits[given] : Number(decimal[1])
}

const wholeDigits: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
  HUGEINT: 39,
  UHUGEINT: 39,
}
