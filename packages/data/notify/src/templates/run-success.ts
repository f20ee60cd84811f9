import { dayIn } from '@sluice/core'
import type { Message } from '../message.ts'
import { button, facts, heading, message, table } from '../parts/index.ts'
import { type RunFacts, runLines } from './run.ts'

export interface RunSuccess extends RunFacts {
  /** What the run wrote, from its receipts. */
  readonly datasets?: readonly { readonly dataset: string; readonly rowsWritten: number; readonly rowsQuarantined: number }[]
}

/** The message of a run that succeeded. */
export function runSuccess(run: RunSuccess): Message {
  const subject = run.subject ?? `Pipeline ${run.pipeline} succeeded - ${dayIn(run.logicalTime, run.timeZone)}`
  const { datasets = [] } = run
  const written = table({
    rows: datasets,
    columns: [
      { name: 'Dataset', cell: ({ dataset }) => dataset },
      { name: 'Rows written', align: 'right', cell: ({ rowsWritten }) => rowsWritten },
      { name: 'Quarantined', align: 'right', cell: ({ rowsQuarantined }) => rowsQuarantined },
    ],
  })
  return message({
    subject,
    title: subject,
    body: [
      facts(...runLines(run)),
      ...(datasets.length === 0 ? [] : [heading('Written'), written]),
      ...(run.url === undefined ? [] : [button('Open the run', run.url)]),
    ],
  })
}
