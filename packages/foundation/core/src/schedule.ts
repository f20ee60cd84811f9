import { Cron } from 'croner'
import type { SluiceError } from './errors.ts'
import { definitionErrors } from './general-errors.ts'
import { type Instant, type Interval, toDate } from './instant.ts'

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
  if (ticker(schedule, 'UTC').nextRun(toDate(0)) === null) throw invalid(schedule, 'UTC', 'no day is ever like that')
  return Object.freeze(schedule)
}

function ticker(schedule: Schedule, projectZone: string): Cron {
  const timezone = schedule.timeZone ?? projectZone
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return new Cron(schedule.cron, { timezone, paused: true })
  } catch (cause) {
    throw invalid(schedule, timezone, (cause as Error).message.replace(/^\w+: /, ''), cause)
  }
}

const invalid = (schedule: Schedule, timeZone: string, why: string, cause?: unknown): SluiceError =>
  definitionErrors.invalid(`cron "${schedule.cron}" in zone ${timeZone}: ${why}`, {
    cause,
    facts: { cron: schedule.cron, timeZone },
    next: 'Use five fields (minute hour day month weekday; six have seconds first) or a preset such as @daily, and an IANA zone such as Europe/Paris.',
  })

/** The first tick strictly after an instant, or `undefined` when there is none. */
export const nextTick = (schedule: Schedule, after: Instant, projectZone: string): Instant | undefined =>
  ticker(schedule, projectZone).nextRun(toDate(after))?.getTime()

/** The last tick at or before an instant, or `undefined` when there is none. */
export function latestTick(schedule: Schedule, at: Instant, projectZone: string): Instant | undefined {
  // Asked from the next whole second, which excludes itself. `match` would not do: a tick that daylight saving moved from a
  // skipped hour (02:30 to 03:00) does not match its own expression.
  const afterwards = Math.floor(at / 1_000) * 1_000 + 1_000
  return ticker(schedule, projectZone).previousRuns(1, toDate(afterwards))[0]?.getTime()
}

/** Ticks in (after, until], oldest first; at most `limit`. */
export function ticksBetween(schedule: Schedule, after: Instant, until: Instant, projectZone: string, limit: number): readonly Instant[] {
  const cronTicker = ticker(schedule, projectZone)
  const ticks: Instant[] = []
  for (
    let at = cronTicker.nextRun(toDate(after));
    at !== null && at.getTime() <= until && ticks.length < limit;
    at = cronTicker.nextRun(at)
  ) {
    ticks.push(at.getTime())
  }
  return ticks
}

/** Tick T covers [previous tick, T). A first tick without a predecessor covers the empty interval [T, T). */
export function intervalOf(schedule: Schedule, tick: Instant, projectZone: string): Interval {
  return { start: latestTick(schedule, tick - 1, projectZone) ?? tick, end: tick }
}
