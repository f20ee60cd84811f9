import type { Message } from '../message.ts'
import { button, facts, heading, message, table } from '../parts/index.ts'
import { wordsOf } from '../words/words-of.ts'
import { type RunFacts, runLines } from './run.ts'
import { runSubject } from './run-subject.ts'

export interface RunSuccess extends RunFacts {
  /** What the run wrote, from its receipts. */
  readonly datasets?: readonly { readonly dataset: string; readonly rowsWritten: number; readonly rowsQuarantined: number }[]
}

/** The message of a run that succeeded. */
export function runSuccess(run: RunSuccess): Message {
  const { run: words, number, tag } = wordsOf(run.language ?? 'en')
  const subject = run.subject ?? runSubject({ ...run, failedAt: null })
  const { datasets = [] } = run
  const written = table({
    rows: datasets,
    columns: [
      { name: words.columns.dataset, cell: ({ dataset }) => dataset },
      { name: words.columns.written, align: 'right', cell: ({ rowsWritten }) => number(rowsWritten) },
      { name: words.columns.quarantined, align: 'right', cell: ({ rowsQuarantined }) => number(rowsQuarantined) },
    ],
  })
  return message({
    subject,
    title: subject,
    lang: tag,
    brief: { kind: 'recovery', about: `${run.project}:${run.pipeline}`, facts: runLines(run).slice(3) },
    body: [
      facts(...runLines(run)),
      ...(datasets.length === 0 ? [] : [heading(words.written), written]),
      ...(run.url === undefined ? [] : [button(words.open, run.url)]),
    ],
  })
}
