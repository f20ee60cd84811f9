import { Cron } from 'croner'
import { toDate, utcDateOf, utcInstant } from './instant.ts'

/**
 * The values that an expression has on a wall clock that is never changed, written as if they were UTC. The times of a day are the same on
 * each of its days: values are found and counted by arithmetic, some 50 ns each, where the library takes 50 us to find the next.
 */
export interface WallPattern {
  /** The first value at or after one. */
  next(from: number): number | undefined
  /** The last value at or before one. */
  previous(upTo: number): number | undefined
  /** Values in [from, until). */
  count(from: number, until: number): number
}

const second = 1_000
const dayMs = 86_400_000

export function wallPattern(expression: string): WallPattern {
  const fields = expression.split(/\s+/)
  const [seconds = '0', minutes = '*', hours = '*', ...date] = fields.length === 6 ? fields : ['0', ...fields]
  const times = timesOf(hours, minutes, seconds)
  const days = daysOf(date)
  const indexAt = (time: number): number => lowerBound(times, time)
  const dayOf = (value: number): number => Math.floor(value / dayMs)
  return {
    next: (from) => {
      const first = Math.ceil(from / second) * second
      const own = days.next(dayOf(first))
      if (own === undefined) return undefined
      const time = own === dayOf(first) ? times[indexAt(first - own * dayMs)] : times[0]
      if (time !== undefined) return own * dayMs + time
      const after = days.next(own + 1)
      return after === undefined ? undefined : after * dayMs + (times[0] ?? 0)
    },
    previous: (upTo) => {
      const last = Math.floor(upTo / second) * second
      const own = days.previous(dayOf(last))
      if (own === undefined) return undefined
      const time = own === dayOf(last) ? times[indexAt(last - own * dayMs + 1) - 1] : times.at(-1)
      if (time !== undefined) return own * dayMs + time
      const before = days.previous(own - 1)
      return before === undefined ? undefined : before * dayMs + (times.at(-1) ?? 0)
    },
    count: (from, until) => {
      if (until <= from) return 0
      let count = 0
      for (let day = days.next(dayOf(from)); day !== undefined && day * dayMs < until; day = days.next(day + 1)) {
        const start = day * dayMs
        count += (start + dayMs <= until ? times.length : indexAt(until - start)) - (start >= from ? 0 : indexAt(from - start))
      }
      return count
    },
  }
}

/** Milliseconds of a day, in their order. */
function timesOf(hours: string, minutes: string, seconds: string): Float64Array {
  const [ofHours, ofMinutes, ofSeconds] = [valuesOf(hours, 0, 23), valuesOf(minutes, 0, 59), valuesOf(seconds, 0, 59)]
  const times = new Float64Array(ofHours.length * ofMinutes.length * ofSeconds.length)
  let at = 0
  for (const hour of ofHours)
    for (const minute of ofMinutes) for (const each of ofSeconds) times[at++] = ((hour * 60 + minute) * 60 + each) * second
  return times
}

/** `*`, `5`, `1-5`, with a step behind it, and lists of those: the library has refused all else. */
function valuesOf(field: string, low: number, high: number): readonly number[] {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const [span = '*', step = '1'] = part.split('/')
    const [from, to] = span === '*' ? [low, high] : span.split('-').map(Number)
    const last = to ?? (part.includes('/') ? high : (from ?? low))
    for (let value = from ?? low; value <= last; value += Number(step)) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

/** Days since 1970. */
interface Days {
  next(day: number): number | undefined
  previous(day: number): number | undefined
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** A 29 February on one weekday comes after 40 years at most. */
const longestSearch = 41 * 366

function daysOf(date: readonly string[]): Days {
  const [days = '*', months = '*', weekdays = '*'] = date
  const month = numbered(months, monthNames, 1)
  const weekday = numbered(weekdays, dayNames, 0)
  if (![days, month, weekday].every((field) => /^[\d*,/-]+$/.test(field))) return daysOfLibrary(date)
  const ofMonth = new Set(valuesOf(month, 1, 12))
  const inMonth = new Set(valuesOf(days, 1, 31))
  const inWeek = new Set(valuesOf(weekday, 0, 7).map((each) => each % 7))
  const either = days !== '*' && weekday !== '*'
  const matches = (day: number, dayOfMonth: number): boolean => {
    const [byDate, byWeekday] = [inMonth.has(dayOfMonth), inWeek.has((((day + 4) % 7) + 7) % 7)]
    return either ? byDate || byWeekday : byDate && byWeekday
  }
  const search = (from: number, step: 1 | -1): number | undefined => {
    for (let day = from; Math.abs(day - from) < longestSearch; ) {
      const at = utcDateOf(day)
      if (!ofMonth.has(at.month)) day = step === 1 ? firstOf(at.year, at.month + 1) : firstOf(at.year, at.month) - 1
      else if (matches(day, at.day)) return day
      else day += step
    }
    return undefined
  }
  return { next: (day) => search(day, 1), previous: (day) => search(day, -1) }
}

const firstOf = (year: number, month: number): number => utcInstant(year, month, 1) / dayMs

const numbered = (field: string, names: readonly string[], first: number): string =>
  field.replaceAll(/[a-z]{3}/gi, (name) => {
    const at = names.indexOf(name.toUpperCase())
    return at < 0 ? name : String(at + first)
  })

/** Last days, nth weekdays and the like. */
function daysOfLibrary(date: readonly string[]): Days {
  const cron = new Cron(`0 0 0 ${date.join(' ')}`, { timezone: 'UTC', paused: true })
  const day = (found: ReturnType<Cron['nextRun']> | undefined): number | undefined => (found == null ? undefined : found.getTime() / dayMs)
  return {
    next: (from) => day(cron.nextRun(toDate(from * dayMs - second))),
    previous: (upTo) => day(cron.previousRuns(1, toDate(upTo * dayMs + second))[0]),
  }
}

/** The first index whose time is not less. */
function lowerBound(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}
