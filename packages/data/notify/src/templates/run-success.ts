import { dayIn } from '@sluice/core'
import type { Message } from '../message.ts'
import { factsHtml, factsText, heading, link, page, type Table, tableHtml, tableText } from './html.ts'
import { type RunFacts, runLines } from './run.ts'

export interface RunSuccess extends RunFacts {
  /** What the run wrote, from its receipts. */
  readonly datasets?: readonly { readonly dataset: string; readonly rowsWritten: number; readonly rowsQuarantined: number }[]
}

/** The message of a run that succeeded. */
export function runSuccess(run: RunSuccess): Message {
  const subject = run.subject ?? `Pipeline ${run.pipeline} succeeded - ${dayIn(run.logicalTime, run.timeZone)}`
  const written: Table = {
    columns: [{ name: 'Dataset' }, { name: 'Rows written', align: 'right' }, { name: 'Quarantined', align: 'right' }],
    rows: (run.datasets ?? []).map(({ dataset, rowsWritten, rowsQuarantined }) => [dataset, String(rowsWritten), String(rowsQuarantined)]),
  }
  const none = written.rows.length === 0
  const text = [subject, factsText(runLines(run)), ...(none ? [] : [tableText(written)]), ...(run.url === undefined ? [] : [run.url])]
  return {
    subject,
    text: `${text.join('\n\n')}\n`,
    html: page(subject, [
      factsHtml(runLines(run)),
      ...(none ? [] : [heading('Written'), tableHtml(written)]),
      ...(run.url === undefined ? [] : link(run.url, 'Open the run')),
    ]),
  }
}
