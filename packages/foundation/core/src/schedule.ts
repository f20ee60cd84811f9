import { Cron } from 'croner'
import type { SluiceError } from './errors.ts'
import { definitionErrors } from './general-errors.ts'
import { type Instant, type Interval, toDate } from './instant.ts'
import { type WallPattern, wallPattern } from './wall-pattern.ts'
import { spanAt, type ZoneSpan } from './zone-spans.ts'

/** A cron expression, in its own zone or in the project's. Plain data. */
export interface Schedule {
  readonly cron: string
  readonly timeZone?: string
}

/** `@weekdays` is Monday to Friday at midnight. */
const presets: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekdays': '0 0 * * 1-5',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/**
 * A schedule from a cron expression of five fields (or six with seconds first) or a preset.
 * @throws `definition.invalid` naming the expression, the zone and what is wrong with it.
 */
export function cron(expression: string, options: { readonly timeZone?: string } = {}): Schedule {
  const schedule = { cron: presets[expression] ?? expression.trim(), ...options }
  const odd = Object.keys(options).find((name) => name !== 'timeZone')
  if (odd !== undefined) {
    const facts = { cron: expression }
    throw definitionErrors.invalid(`cron("${expression}"): there is no option "${odd}"`, { facts, next: 'The one option is timeZone.' })
  }
  const fields = schedule.cron.split(/\s+/)
  // The library also takes a date (one tick, ever), years, and `?` for the moment of parsing: none of them is a schedule.
  if (fields.length < 5 || fields.length > 6 || fields.includes('?')) throw invalid(schedule, 'UTC', 'it needs five or six fields')
  if (wallClock(schedule, schedule.timeZone ?? 'UTC').nextRun(toDate(0)) === null)
    throw invalid(schedule, 'UTC', 'no day is ever like that')
  return Object.freeze(schedule)
}

/** The expression read by a clock that is never changed. */
function wallClock(schedule: Schedule, timeZone: string): Cron {
  try {
    // Throws for a zone that does not exist.
    spanAt(timeZone, 0)
    return new Cron(schedule.cron, { timezone: 'UTC', paused: true })
  } catch (cause) {
    throw invalid(schedule, timeZone, (cause as Error).message.replace(/^\w+: /, ''), cause)
  }
}

const invalid = (schedule: Schedule, timeZone: string, why: string, cause?: unknown): SluiceError =>
  definitionErrors.invalid(`cron "${schedule.cron}" in zone ${timeZone}: ${why}`, {
    cause,
    facts: { cron: schedule.cron, timeZone },
    next: 'Use five fields (minute hour day month weekday; six have seconds first) or a preset such as @daily, and an IANA zone such as Europe/Paris.',
  })

/*
 * Ticks are found by the wall clock, span by span of the zone, as Debian's cron does when a clock is changed.
 *
 * - Hours that are written out (`2`, `2,14`, `1-5`, `2-6/2`): each value of the day comes once. Values that a spring night skips come
 *   together, as one tick, at the first instant after the gap; of an hour that an autumn night has twice the first counts.
 * - Every hour, or hours by a star (`*`, a star with a step, `0-23`): the clock is followed. What it shows twice comes twice, what it
 *   skips does not come.
 */

/** How a schedule is walked in one zone. */
interface Walk {
  readonly wall: WallPattern
  readonly timeZone: string
  readonly followsClock: boolean
}

/** Making one takes 50 us, and a tick is asked for far more often than a schedule is new. */
const mostWalks = 500
const walks = new Map<string, Walk>()

function walkOf(schedule: Schedule, projectZone: string): Walk {
  const timeZone = schedule.timeZone ?? projectZone
  const key = `${timeZone} ${schedule.cron}`
  let walk = walks.get(key)
  if (walk === undefined) {
    if (walks.size >= mostWalks) walks.clear()
    wallClock(schedule, timeZone)
    const fields = schedule.cron.split(/\s+/)
    const hours = fields[fields.length - 4] ?? '*'
    walk = { wall: wallPattern(schedule.cron), timeZone, followsClock: hours.startsWith('*') || hoursIn(hours).size === 24 }
    walks.set(key, walk)
  }
  return walk
}

function hoursIn(field: string): ReadonlySet<number> {
  const hours = new Set<number>()
  for (const part of field.split(',')) {
    const [, from, to, step = '1'] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (from === undefined) continue
    for (let hour = Number(from); hour <= Number(to ?? from) && Number(step) > 0; hour += Number(step)) hours.add(hour)
  }
  return hours
}

/** From which value of the wall clock on ticks are the span’s: written-out hours take what the clock skipped, and nothing again. */
const firstValue = ({ start, offsetMs, offsetBeforeMs }: ZoneSpan, { followsClock }: Walk): number =>
  start + (followsClock ? offsetMs : offsetBeforeMs)

/** What the wall clock shows, as an instant of the span. */
const instantIn = ({ start, offsetMs }: ZoneSpan, value: number): Instant => Math.max(start, value - offsetMs)

function firstAfter(walk: Walk, after: Instant): Instant | undefined {
  let span = spanAt(walk.timeZone, after)
  for (let from = after + span.offsetMs + 1; ; from = Number.NEGATIVE_INFINITY) {
    const value = walk.wall.next(Math.max(from, firstValue(span, walk)))
    if (value === undefined) return undefined
    if (value < span.end + span.offsetMs) return instantIn(span, value)
    span = spanAt(walk.timeZone, span.end)
  }
}

function lastUpTo(walk: Walk, at: Instant): Instant | undefined {
  let span = spanAt(walk.timeZone, at)
  for (let upTo = at + span.offsetMs; ; upTo = span.end + span.offsetMs - 1) {
    const value = walk.wall.previous(upTo)
    if (value === undefined) return undefined
    if (value >= firstValue(span, walk)) return instantIn(span, value)
    span = spanAt(walk.timeZone, span.start - 1)
  }
}

/** The first tick strictly after an instant, or `undefined` when there is none. */
export const nextTick = (schedule: Schedule, after: Instant, projectZone: string): Instant | undefined =>
  firstAfter(walkOf(schedule, projectZone), after)

/** The last tick at or before an instant, or `undefined` when there is none. */
export const latestTick = (schedule: Schedule, at: Instant, projectZone: string): Instant | undefined =>
  lastUpTo(walkOf(schedule, projectZone), at)

/** Ticks in (after, until], oldest first; at most `limit`. */
export function ticksBetween(schedule: Schedule, after: Instant, until: Instant, projectZone: string, limit: number): readonly Instant[] {
  const walk = walkOf(schedule, projectZone)
  const ticks: Instant[] = []
  for (let at = firstAfter(walk, after); at !== undefined && at <= until && ticks.length < limit; at = firstAfter(walk, at)) ticks.push(at)
  return ticks
}

/** How many ticks are in [start, end), without looking at each: some 3 us a day of the interval that the schedule has. */
export function countTicks(schedule: Schedule, { start, end }: Interval, projectZone: string): number {
  const walk = walkOf(schedule, projectZone)
  let count = 0
  for (let span = spanAt(walk.timeZone, start); span.start < end; span = spanAt(walk.timeZone, span.end))
    count += countIn(walk, span, start, end)
  return count
}

function countIn(walk: Walk, span: ZoneSpan, from: Instant, until: Instant): number {
  const { offsetMs } = span
  const begin = span.start + offsetMs
  const end = Math.min(span.end, until) + offsetMs
  const first = firstValue(span, walk)
  const own = walk.wall.count(Math.max(first, begin, from + offsetMs), end)
  // What the clock skipped comes together at the start of the span, and once with what it shows there.
  const isWithin = span.start >= from && span.start < until
  const hasSkipped = isWithin && first < begin && walk.wall.count(first, begin) > 0 && walk.wall.count(begin, begin + 1) === 0
  return own + (hasSkipped ? 1 : 0)
}

/** Tick T covers [previous tick, T). A first tick without a predecessor covers the empty interval [T, T). */
export function intervalOf(schedule: Schedule, tick: Instant, projectZone: string): Interval {
  return { start: latestTick(schedule, tick - 1, projectZone) ?? tick, end: tick }
}
