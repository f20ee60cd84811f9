import { dayIn, type ErrorRecord } from '@sluice/core'
import type { Message } from '../message.ts'
import { code, type Fact, factsHtml, factsText, heading, link, page, paragraph } from './html.ts'
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
  const facts: readonly Fact[] = [
    ...runLines(run),
    ['Task', `${run.task} (attempt ${run.attempt})`],
    ...(also.length === 0 ? [] : [['Also failed', also.join(', ')] as const]),
  ]
  const error = `${run.error.code}: ${run.error.message}`
  const next = run.error.next ?? 'Read the log of the attempt; it holds the whole error.'
  const places = [run.logPath, `npx sluice tasks logs ${run.pipeline} ${run.task} --run ${run.run} --attempt ${run.attempt}`].join('\n')
  const again = `npx sluice tasks clear ${run.pipeline} ${run.task} --run ${run.run}`
  const text = [
    subject,
    factsText(facts),
    `Error\n${error}`,
    `What to do next\n${next}\nThen run it again: ${again}`,
    `Where to look\n${places}`,
    ...(run.url === undefined ? [] : [run.url]),
  ]
  return {
    subject,
    text: `${text.join('\n\n')}\n`,
    html: page(subject, [
      factsHtml(facts),
      heading('Error'),
      code(error),
      heading('What to do next'),
      paragraph(next),
      paragraph('Then run it again:'),
      code(again),
      heading('Where to look'),
      code(places),
      ...(run.url === undefined ? [] : link(run.url, 'Open the run')),
    ]),
  }
}
