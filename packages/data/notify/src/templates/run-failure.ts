import type { ErrorRecord } from '@sluice/core'
import type { Message } from '../message.ts'
import { button, code, facts, heading, message, paragraph } from '../parts/index.ts'
import { wordsOf } from '../words/words-of.ts'
import { type RunFacts, runLines } from './run.ts'
import { runSubject } from './run-subject.ts'

export interface RunFailure extends RunFacts {
  /** The first task that failed. */
  readonly task: string
  /** Its last attempt, from 1. */
  readonly attempt: number
  readonly error: Pick<ErrorRecord, 'code' | 'message' | 'next'>
  /** Of the attempt, as it is found on the machine that ran it. */
  readonly logPath: string
  /** Other tasks that failed in the run. */
  readonly alsoFailed?: readonly string[]
}

/** The message of a run that failed: what, why, what to do next, where to look. */
export function runFailure(run: RunFailure): Message {
  const { run: words, tag } = wordsOf(run.language ?? 'en')
  const subject = run.subject ?? runSubject({ ...run, failedAt: run.task })
  const also = run.alsoFailed ?? []
  return message({
    subject,
    title: subject,
    lang: tag,
    brief: {
      kind: 'problem',
      severity: 'critical',
      about: `${run.project}:${run.pipeline}`,
      facts: [
        [words.facts.task, words.attempt(run.task, run.attempt)],
        [words.error, `${run.error.code}: ${run.error.message}`],
        [words.next, run.error.next ?? words.readLog],
      ],
    },
    body: [
      facts(
        ...runLines(run),
        [words.facts.task, words.attempt(run.task, run.attempt)],
        ...(also.length === 0 ? [] : [[words.facts.alsoFailed, also.join(', ')] as const]),
      ),
      heading(words.error),
      code(`${run.error.code}: ${run.error.message}`),
      heading(words.next),
      paragraph(run.error.next ?? words.readLog),
      paragraph(words.again),
      code(`npx sluice tasks clear ${run.pipeline} ${run.task} --run ${run.run}`),
      heading(words.where),
      code(`${run.logPath}\nnpx sluice tasks logs ${run.pipeline} ${run.task} --run ${run.run} --attempt ${run.attempt}`),
      ...(run.url === undefined ? [] : [button(words.open, run.url)]),
    ],
  })
}
