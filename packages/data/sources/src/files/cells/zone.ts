import { quoteLiteral } from '@sluice/duckdb'

/**
 * A time of a clock in a zone, given as text in the judge's spelling, as the instant in UTC. A time that the clock passes over, or shows
 * twice, does not name an instant: the name of the zone is put behind it, which the judge refuses.
 */
export function inZone(text: string, zone: string): string {
  const name = quoteLiteral(zone)
  const local = `TRY_CAST(${text} AS TIMESTAMP)`
  const instant = `timezone(${name}, ${local})`
  const shows = (shift: string): string => `timezone(${name}, ${instant}${shift}) = ${local}`
  const once = `${shows('')} AND NOT ${shows(' + INTERVAL 1 HOUR')} AND NOT ${shows(' - INTERVAL 1 HOUR')}`
  return `CASE WHEN ${once} THEN strftime(timezone('UTC', ${instant}), '%Y-%m-%d %H:%M:%S.%f') ELSE ${text} || ${quoteLiteral(` ${zone}`)} END`
}
