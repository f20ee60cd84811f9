import {
  countTicks,
  type Instant,
  type Interval,
  type RunKey,
  requestErrors,
  type Schedule,
  scheduledRunKey,
  ticksBetween,
} from '@sluice/core'

const most = 10_000
/** The clock of a zone is asked about each year: some 0.4 ms. */
const longestMs = 100 * 366 * 86_400_000

/** @throws `request.invalid` for a pipeline without a schedule */
export function requireSchedule(pipeline: string, schedule: Schedule | null, so = 'has no ticks to backfill'): Schedule {
  if (schedule !== null) return schedule
  throw requestErrors.invalid(`pipeline ${pipeline} has no schedule, so it ${so}`, {
    next: 'Trigger it with a logical time instead.',
  })
}

/** Ticks in [start, end), oldest first. @throws `request.invalid` for more than 10,000 ticks, which are counted, not walked */
export function backfillTicks(schedule: Schedule, interval: Interval, timeZone: string): readonly Instant[] {
  if (interval.end <= interval.start) {
    throw requestErrors.invalid('the interval to backfill ends before it starts', { next: 'Give a later end.' })
  }
  if (interval.end - interval.start > longestMs) {
    throw requestErrors.invalid('the interval to backfill is longer than 100 years', { next: 'Give a shorter one.' })
  }
  const count = countTicks(schedule, interval, timeZone)
  if (count > most) {
    throw requestErrors.invalid(`the interval holds more than ${most} ticks: ${count}`, { facts: { count }, next: 'Backfill it in parts.' })
  }
  return ticksBetween(schedule, interval.start - 1, interval.end - 1, timeZone, most)
}

export interface BackfillPlan {
  /** Ticks to make runs for. */
  readonly create: readonly Instant[]
  /** Ticks that have a run. */
  readonly existing: readonly Instant[]
  /** Runs whose tasks are cleared. */
  readonly clear: readonly string[]
}

/** `taken`: run ids by the keys of ticks that have a run. They are left alone unless `reprocess`. */
export function planBackfill(ticks: readonly Instant[], taken: ReadonlyMap<RunKey, string>, reprocess: boolean): BackfillPlan {
  return {
    create: ticks.filter((tick) => !taken.has(scheduledRunKey(tick))),
    existing: ticks.filter((tick) => taken.has(scheduledRunKey(tick))),
    clear: reprocess ? [...taken.values()].sort() : [],
  }
}
