import type { ActiveRuns } from '@sluice/author'
import { type Instant, type Interval, intervalOf, latestTick, nextTick, type Schedule, ticksBetween } from '@sluice/core'

export interface ScheduleState {
  readonly schedule: Schedule
  readonly timeZone: string
  readonly catchup: boolean
  readonly maxActiveRuns: ActiveRuns
  /** Ticks up to this instant are decided. */
  readonly cursor: Instant
  /** Scheduled runs that are under way. Runs of other classes, such as those of a backfill, have no say in which ticks get a run. */
  readonly active: number
  /** Scheduled runs that exist and wait for room, but for those that were cleared. */
  readonly waiting: number
}

export interface DueRuns {
  readonly ticks: readonly Instant[]
  readonly cursor: Instant
  readonly nextTick: Instant | undefined
}

/**
 * The ticks to create runs for. With catchup these are the ticks since the cursor, one more than there is room for, so that an outage of a
 * year does not create ten thousand rows at once. Without catchup it is the latest missed tick alone. While as many scheduled runs wait as
 * there may be, there is none: the cursor stays, and when the wait is over the tick that is the latest by then is run.
 */
export function dueRuns(state: ScheduleState, now: Instant): DueRuns {
  const { schedule, timeZone } = state
  const answer = (ticks: readonly Instant[], cursor: Instant): DueRuns => ({
    ticks,
    cursor,
    nextTick: nextTick(schedule, cursor, timeZone),
  })
  const { scheduled, total } = state.maxActiveRuns
  const room = Math.min(scheduled, total ?? scheduled) + 1 - state.active - state.waiting
  if (room <= 0) return answer([], state.cursor)
  if (state.catchup) {
    const ticks = ticksBetween(schedule, state.cursor, now, timeZone, room)
    return answer(ticks, ticks.at(-1) ?? state.cursor)
  }
  const latest = latestTick(schedule, now, timeZone)
  return latest === undefined || latest <= state.cursor ? answer([], state.cursor) : answer([latest], latest)
}

/**
 * The data interval of a run triggered by hand: from the latest tick to its logical time. At a tick it is the interval of that tick's
 * scheduled run. Without a schedule it is the instant alone.
 */
export function manualInterval(schedule: Schedule | null, logicalTime: Instant, timeZone: string): Interval {
  const latest = schedule === null ? undefined : latestTick(schedule, logicalTime, timeZone)
  if (schedule === null || latest === undefined) return { start: logicalTime, end: logicalTime }
  return latest === logicalTime ? intervalOf(schedule, latest, timeZone) : { start: latest, end: logicalTime }
}
