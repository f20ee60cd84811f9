import { dayIn, type Instant } from '@sluice/core'
import { wordsOf } from '../words/words-of.ts'

/** The subject of a message about a run, wherever it is shown: a sentence with the day of its logical time. */
export function runSubject(run: {
  readonly pipeline: string
  /** The first task that failed; `null` of a run that succeeded. */
  readonly failedAt: string | null
  readonly logicalTime: Instant
  readonly timeZone: string
  readonly language?: string
}): string {
  const { run: words } = wordsOf(run.language ?? 'en')
  const day = dayIn(run.logicalTime, run.timeZone)
  return run.failedAt === null ? words.succeeded(run.pipeline, day) : words.failed(run.pipeline, run.failedAt, day)
}
