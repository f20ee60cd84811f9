import { formatDuration, formatInstant } from '@sluice/core'
import type { RunDetail } from '@sluice/engine'
import type { Client } from '@sluice/serve/client'
import { count, state, table } from '@sluice/serve/terminal'
import pc from 'picocolors'
import type { Mails } from './mails.ts'

/** What a run of the demo did, for people and programs. */
export interface Happened {
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly state: string
  readonly ms: number | null
  readonly reason: string | null
  readonly written: readonly { readonly dataset: string; readonly rows: number; readonly quarantined: number }[]
  /** The text that it put into the report of its project's demo. */
  readonly report: string | null
}

/** @param report the dataset of texts that the project declares for its demo */
export async function happenedIn(client: Client, run: RunDetail, report: string | undefined): Promise<Happened> {
  const { items } = await client.ledger.list({ query: { run: run.id, limit: 100 } })
  const hasReport = report !== undefined && items.some(({ dataset }) => dataset === `${run.project}:lake.${report}`)
  const failed = run.taskRuns.find((task) => task.state === 'failed')
  return {
    project: run.project,
    pipeline: run.pipeline,
    run: run.id,
    state: run.state,
    ms: run.startedAt === null || run.endedAt === null ? null : run.endedAt - run.startedAt,
    reason: failed === undefined ? null : `${failed.task}: ${failed.error?.message ?? failed.reason ?? 'failed'}`,
    written: items
      .map(({ dataset, rowsWritten, rowsQuarantined }) => ({ dataset, rows: rowsWritten, quarantined: rowsQuarantined }))
      .reverse(),
    report: hasReport ? await reportOf(client, run, report) : null,
  }
}

/** The text that the run put into the dataset; `null` where it put none. */
async function reportOf(client: Client, run: RunDetail, dataset: string): Promise<string | null> {
  // The export of this run is the newest one at its logical time.
  const sql = `select content from ${dataset} at (timestamp => '${formatInstant(run.logicalTime)}')`
  const { rows } = await client.lake.query({ params: { project: run.project }, body: { sql } })
  const [content = null] = rows[0] ?? []
  return typeof content === 'string' ? content : null
}

export function summaryText(
  happened: readonly Happened[],
  links: { readonly url?: string; readonly login?: string; readonly mails: Mails | null },
): string {
  const runs = table(
    happened,
    [
      { title: 'PIPELINE', of: ({ project, pipeline }) => `${project}:${pipeline}` },
      { title: 'STATE', of: (each) => each.state, show: state },
      { title: 'TOOK', of: ({ ms }) => (ms === null ? '-' : formatDuration(ms)), align: 'right' },
    ],
    'Nothing ran.',
  )
  const written = table(
    happened.flatMap((each) => each.written),
    [
      { title: 'DATASET', of: ({ dataset }) => dataset },
      { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
      { title: 'QUARANTINED', of: ({ quarantined }) => count(quarantined), align: 'right' },
    ],
    'Nothing was written.',
  )
  const reports = happened.flatMap(({ report }) =>
    report === null
      ? []
      : [
          '',
          report
            .split('\n')
            .slice(0, 30)
            .map((line) => `  ${line}`)
            .join('\n'),
        ],
  )
  const mails =
    links.mails === null ? [] : ['', `${count(links.mails.count)} ${links.mails.count === 1 ? 'mail' : 'mails'}, in ${links.mails.folder}`]
  const ways =
    links.url === undefined
      ? []
      : ['', `${pc.bold('API')}      ${links.url}`, `${pc.bold('sign in')}  ${links.login} ${pc.dim('(once, within ten minutes)')}`]
  return ['', runs, '', written, ...reports, ...mails, ...ways].join('\n')
}
