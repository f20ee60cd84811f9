import type { Instant } from '@sluice/core'
import type { Fact } from '../parts/block.ts'
import { wordsOf } from '../words/words-of.ts'

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
  /** Of the words; English unless given. */
  readonly language?: string
  /** The run's page in the console. */
  readonly url?: string
  /** Default: a sentence with the day of the logical time. */
  readonly subject?: string
}

export function runLines({ language = 'en', timeZone, ...run }: RunFacts): readonly Fact[] {
  const { run: words, moment, duration } = wordsOf(language)
  return [
    [words.facts.project, run.project],
    [words.facts.pipeline, run.pipeline],
    [words.facts.run, run.run],
    [words.facts.logicalTime, moment(run.logicalTime, timeZone)],
    [words.facts.ended, moment(run.endedAt, timeZone)],
    [words.facts.took, duration(Math.max(0, run.endedAt - run.startedAt))],
  ]
}
