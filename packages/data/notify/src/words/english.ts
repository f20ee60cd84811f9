import { dayIn, formatDuration, timeIn } from '@sluice/core'
import type { Words } from './words.ts'

const number = (value: number): string => value.toLocaleString('en-US')

export const english: Words = {
  tag: 'en',
  run: {
    succeeded: (pipeline, day) => `Pipeline ${pipeline} succeeded - ${day}`,
    failed: (pipeline, task, day) => `Pipeline ${pipeline} failed at ${task} - ${day}`,
    facts: {
      project: 'Project',
      pipeline: 'Pipeline',
      run: 'Run',
      logicalTime: 'Logical time',
      ended: 'Ended',
      took: 'Took',
      task: 'Task',
      alsoFailed: 'Also failed',
    },
    attempt: (task, attempt) => `${task} (attempt ${attempt})`,
    error: 'Error',
    next: 'What to do next',
    readLog: 'Read the log of the attempt; it holds the whole error.',
    again: 'Then run it again:',
    where: 'Where to look',
    open: 'Open the run',
    written: 'Written',
    columns: { dataset: 'Dataset', written: 'Rows written', quarantined: 'Quarantined' },
  },
  digest: {
    subject: (count, first) => `${number(count)} messages: ${first}`,
    title: (count) => `${number(count)} messages at once`,
    more: (count) => `And ${number(count)} more: sluice notify list.`,
    columns: { count: 'Times', subject: 'Message' },
    first: 'The first of them',
    footer: 'Several messages to one reader within some minutes leave as one mail.',
  },
  number,
  duration: formatDuration,
  /** `2026-11-21 05:30:00 (Europe/Paris)`. */
  moment: (instant, timeZone) => `${dayIn(instant, timeZone)} ${timeIn(instant, timeZone)} (${timeZone})`,
}
