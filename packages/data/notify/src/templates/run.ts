import { dayIn, formatDuration, type Instant, timeIn } from '@sluice/core'
import type { Fact } from '../parts/block.ts'

/** What every message about a run says. */
export interface RunFacts {
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly logicalTime: Instant
  readonly startedAt: Instant
  readonly endedAt: Instant
  /** IANA zone in which times are written. */
  readonly timeZone: string
  /** The run's page in the console. */
  readonly url?: string
  /** Default: an English sentence with the day of the logical time. */
  readonly subject?: string
}

/** `2026-11-21 05:30:00 (Europe/Paris)`. */
const when = (instant: Instant, timeZone: string): string => `${dayIn(instant, timeZone)} ${timeIn(instant, timeZone)} (${timeZone})`

export const runLines = (run: RunFacts): readonly Fact[] => [
  ['Project', run.project],
  ['Pipeline', run.pipeline],
  ['Run', run.run],
  ['Logical time', when(run.logicalTime, run.timeZone)],
  ['Ended', when(run.endedAt, run.timeZone)],
  ['Took', formatDuration(Math.max(0, run.endedAt - run.startedAt))],
]
