import {
  cron,
  durationMs,
  formatDuration,
  formatInstant,
  type Instant,
  type Interval,
  parseInstant,
  requestErrors,
  type Schedule,
} from '@sluice/core'

const dayMs = 86_400_000

/** The calendar month of an instant in UTC, in which providers count and renew credits. */
export function monthOf(instant: Instant): Interval {
  const month = formatInstant(instant).slice(0, 7)
  const start = parseInstant(`${month}-01`) ?? instant
  // No month is longer than 31 days, and 31 days from the first never reach past the next one.
  const after = formatInstant(start + 31 * dayMs).slice(0, 7)
  return { start, end: parseInstant(`${after}-01`) ?? instant }
}

/** 30 days from the start of a month: what people mean by "a month" when they compare cadences. */
export const thirtyDays = (month: Interval): Interval => ({ start: month.start, end: month.start + 30 * dayMs })

/**
 * A schedule that ticks every so often from midnight on: `'30m'`, `'2h'`, `'1d'`. @throws `request.invalid` when a day does not divide so.
 */
export function every(duration: string): Schedule {
  const minutes = durationMs(duration) / 60_000
  if (minutes === 1_440) return cron('0 0 * * *')
  if (minutes >= 1 && minutes < 60 && 60 % minutes === 0) return cron(`*/${minutes} * * * *`)
  if (minutes >= 60 && 1_440 % minutes === 0 && minutes % 60 === 0) return cron(`0 */${minutes / 60} * * *`)
  throw requestErrors.invalid(`a day cannot be divided into ${formatDuration(minutes * 60_000)}`, {
    facts: { every: duration },
    next: 'Give a cadence such as 5m, 15m, 30m, 1h, 2h, 3h, 6h, 12h or 1d.',
  })
}
