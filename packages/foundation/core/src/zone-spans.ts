import { type Instant, utcInstant, utcYearOf } from './instant.ts'

/** A span of time in which the clocks of a zone keep one distance from UTC. Spans also end with each year of UTC. */
export interface ZoneSpan {
  readonly start: Instant
  readonly end: Instant
  /** Wall-clock time, written as if it were UTC, minus the instant. */
  readonly offsetMs: number
  /** Of the moment before `start`. */
  readonly offsetBeforeMs: number
}

const second = 1_000
const day = 86_400_000

/**
 * No zone has changed its clock and changed it back within a week since 1970 (Boa Vista took seven days, in October 2000): a look every
 * five days sees each change. Before that, wars and occupations did.
 */
const stepFrom1970 = 5 * day

/** What a year of a zone costs, 80 looks at its clock (some 0.4 ms), is paid once; a backfill of centuries forgets the first years. */
const mostYears = 200
const known = new Map<string, readonly ZoneSpan[]>()
const clocks = new Map<string, Intl.DateTimeFormat>()

/** The span that an instant lies in. @throws `RangeError` for a zone that does not exist */
export function spanAt(timeZone: string, instant: Instant): ZoneSpan {
  const year = utcYearOf(instant)
  const key = `${timeZone} ${year}`
  let spans = known.get(key)
  if (spans === undefined) {
    if (known.size >= mostYears) known.clear()
    spans = spansOf(timeZone, year)
    known.set(key, spans)
  }
  const found = spans.findLast(({ start }) => start <= instant)
  if (found === undefined) throw new RangeError(`no clock shows ${instant}`)
  return found
}

function spansOf(timeZone: string, year: number): readonly ZoneSpan[] {
  const [from, until] = [utcInstant(year, 1, 1), utcInstant(year + 1, 1, 1)]
  const spans: ZoneSpan[] = []
  let start = from
  let offsetMs = offsetAt(timeZone, from)
  let offsetBeforeMs = offsetAt(timeZone, from - second)
  const step = year < 1970 ? day : stepFrom1970
  for (let at = from; at < until; at += step) {
    const next = Math.min(at + step, until - second)
    const offset = offsetAt(timeZone, next)
    if (offset === offsetMs) continue
    const change = firstWith(timeZone, offset, at, next)
    spans.push({ start, end: change, offsetMs, offsetBeforeMs })
    start = change
    offsetBeforeMs = offsetMs
    offsetMs = offset
  }
  spans.push({ start, end: until, offsetMs, offsetBeforeMs })
  return spans
}

/** The first second in (before, at] that has the offset; `at` has it. */
function firstWith(timeZone: string, offset: number, before: Instant, at: Instant): Instant {
  let [low, high] = [before, at]
  while (high - low > second) {
    const middle = low + Math.floor((high - low) / 2 / second) * second
    if (offsetAt(timeZone, middle) === offset) high = middle
    else low = middle
  }
  return high
}

function offsetAt(timeZone: string, instant: Instant): number {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    clocks.set(timeZone, clock)
  }
  // 11/21/2026, 03:30:00
  const [month, dayOfMonth, year, hour, minute, seconds] = clock.format(instant).split(/\D+/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return utcInstant(year, month, dayOfMonth, hour, minute, seconds) - Math.floor(instant / second) * second
}
