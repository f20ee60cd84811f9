import { dayIn, type ErrorRecord } from '@sluice/core'
import type { Message } from '../message.ts'
import { button, code, facts, heading, message, paragraph } from '../parts/index.ts'
import { type RunFacts, runLines } from './run.ts'

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
  const subject = run.subject ?? `Pipeline ${run.pipeline} failed at ${run.task} - ${dayIn(run.logicalTime, run.timeZone)}`
  const also = run.alsoFailed ?? []
  return message({
    subject,
    title: subject,
    body: [
      facts(
        ...runLines(run),
        ['Task', `${run.task} (attempt ${run.attempt})`],
        ...(also.length === 0 ? [] : [['Also failed', also.join(', ')] as const]),
      ),
      heading('Error'),
      code(`${run.error.code}: ${run.error.message}`),
      heading('What to do next'),
      paragraph(run.error.next ?? 'Read the log of the attempt; it holds the whole error.'),
      paragraph('Then run it again:'),
      code(`npx sluice tasks clear ${run.pipeline} ${run.task} --run ${run.run}`),
      heading('Where to look'),
      code(`${run.logPath}\nnpx sluice tasks logs ${run.pipeline} ${run.task} --run ${run.run} --attempt ${run.attempt}`),
      ...(run.url === undefined ? [] : [button('Open the run', run.url)]),
    ],
  })
}
