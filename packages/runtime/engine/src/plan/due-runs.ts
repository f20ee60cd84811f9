import { type Instant, type Interval, intervalOf, latestTick, nextTick, type Schedule, ticksBetween } from '@sluice/core'

export interface ScheduleState {
  readonly schedule: Schedule
  readonly timeZone: string
  readonly catchup: boolean
  readonly maxActiveRuns: number
  /** Ticks up to here are decided upon. */
  readonly cursor: Instant
  readonly active: number
  /** Runs that exist and wait for room. */
  readonly waiting: number
}

export interface DueRuns {
  readonly ticks: readonly Instant[]
  readonly cursor: Instant
  readonly nextTick: Instant | undefined
}

/**
 * The ticks to create runs for. With catchup every tick since the cursor, one ahead of the room there is, so that an outage of a
 * year does not create ten thousand rows at once. Without, only the latest missed tick; while a run already waits for room, none: the
 * cursor stays, and the latest tick of then is run when the wait is over, so no tick is lost silently and none piles up.
 */
export function dueRuns(state: ScheduleState, now: Instant): DueRuns {
  const { schedule, timeZone } = state
  const answer = (ticks: readonly Instant[], cursor: Instant): DueRuns => ({
    ticks,
    cursor,
    nextTick: nextTick(schedule, cursor, timeZone),
  })
  const room = state.maxActiveRuns + 1 - state.active - state.waiting
  if (room <= 0) return answer([], state.cursor)
  if (state.catchup) {
    const ticks = ticksBetween(schedule, state.cursor, now, timeZone, room)
    return answer(ticks, ticks.at(-1) ?? state.cursor)
  }
  const latest = latestTick(schedule, now, timeZone)
  return latest === undefined || latest <= state.cursor ? answer([], state.cursor) : answer([latest], latest)
}

/**
 * What a run triggered by hand covers: from the latest tick to its logical time, which is the end of every data interval. At a tick itself it
 * covers what the scheduled run of that tick covers; without a schedule nothing but the instant.
 */
export function manualInterval(schedule: Schedule | null, logicalTime: Instant, timeZone: string): Interval {
  const latest = schedule === null ? undefined : latestTick(schedule, logicalTime, timeZone)
  if (schedule === null || latest === undefined) return { start: logicalTime, end: logicalTime }
  return latest === logicalTime ? intervalOf(schedule, latest, timeZone) : { start: latest, end: logicalTime }
}
