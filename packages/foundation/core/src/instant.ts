/** A point in time: milliseconds since 1970-01-01T00:00:00Z, always UTC. */
export type Instant = number

/** A span of time, start included, end excluded. */
export interface Interval {
  readonly start: Instant
  readonly end: Instant
}

/** `2026-11-21T03:30:00.000Z`. */
export const formatInstant = (instant: Instant): string => new Date(instant).toISOString()

/** `20261121T033000000Z`: sorts as time does and is safe in a file name. */
export const compactInstant = (instant: Instant): string => formatInstant(instant).replaceAll(/[-:.]/g, '')

/**
 * The instant an ISO-8601 text names, or `undefined` when it is none. Text without a zone is UTC. A day its month does not have
 * is none, though `Date` would count on into the next month.
 */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return undefined
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) ? text : text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`
  const instant = new Date(zoned.replace(' ', 'T')).getTime()
  const day = text.slice(0, 10)
  const dayStart = new Date(`${day}T00:00:00Z`).getTime()
  if (Number.isNaN(instant) || Number.isNaN(dayStart) || !formatInstant(dayStart).startsWith(day)) return undefined
  return instant
}

/** The calendar day of an instant in an IANA zone, `YYYY-MM-DD`. */
export const dayIn = (instant: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(instant))

/** The calendar day so many days after one, or before it: `dayAfter('2026-03-01', -1)` is `2026-02-28`. */
export const dayAfter = (day: string, days: number): string => formatInstant(Date.parse(day) + days * 86_400_000).slice(0, 10)

/** The wall-clock time of an instant in an IANA zone, `HH:MM:SS`. */
export const timeIn = (instant: Instant, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    new Date(instant),
  )

/** For libraries that speak `Date`; nothing else in this package may. */
export const toDate = (instant: Instant): Date => new Date(instant)

/** The instant at which a clock in UTC shows this. Months count from 1. */
export const utcInstant = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0): Instant =>
  new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1_000

/** The date of a day in UTC, counted from 1970-01-01. Months count from 1. */
export function utcDateOf(day: number): { readonly year: number; readonly month: number; readonly day: number } {
  const date = new Date(day * 86_400_000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

export const utcYearOf = (instant: Instant): number => new Date(instant).getUTCFullYear()
