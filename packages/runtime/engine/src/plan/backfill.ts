import { type Instant, type Interval, type Schedule, SluiceError, ticksBetween } from '@sluice/core'

const most = 10_000

/** Ticks in [start, end), oldest first. @throws `request.invalid` without a schedule or for more than 10,000 ticks */
export function backfillTicks(pipeline: string, schedule: Schedule | null, interval: Interval, timeZone: string): readonly Instant[] {
  if (schedule === null) {
    throw new SluiceError('request.invalid', `pipeline ${pipeline} has no schedule, so it has no ticks to backfill`, {
      next: 'Trigger it with a logical time instead.',
    })
  }
  if (interval.end <= interval.start) {
    throw new SluiceError('request.invalid', 'the interval to backfill ends before it starts', { next: 'Give a later end.' })
  }
  const ticks = ticksBetween(schedule, interval.start - 1, interval.end - 1, timeZone, most + 1)
  if (ticks.length > most) {
    throw new SluiceError('request.invalid', `the interval holds more than ${most} ticks`, { next: 'Backfill it in parts.' })
  }
  return ticks
}
