import { formatDuration } from '@sluice/core'
import type { RunDetail } from '@sluice/engine'
import { type Client, linesOf } from '@sluice/serve/client'
import { count, readLogLine, state, table } from '@sluice/serve/terminal'
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
  /** What its report task wrote into its log. */
  readonly report: string | null
}

export async function happenedIn(client: Client, run: RunDetail): Promise<Happened> {
  const { items } = await client.ledger.list({ query: { run: run.id, limit: 100 } })
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
    report: await reportOf(client, run),
  }
}

/** The log of the last task whose name contains "report" or "rapport". */
async function reportOf(client: Client, run: RunDetail): Promise<string | null> {
  const task = run.taskRuns.findLast(({ task: name, state: ended }) => /report|rapport/i.test(name) && ended === 'success')
  if (task === undefined) return null
  const messages: string[] = []
  const log = await client.tasks.log({ params: { run: run.id, task: task.task } }).catch(() => undefined)
  if (log === undefined) return null
  for await (const line of linesOf(log)) {
    const { message } = readLogLine(line)
    if (!ofTheEngine.test(message)) messages.push(message)
  }
  return messages.join('\n') || null
}

/** The engine's own first and last line of an attempt. */
const ofTheEngine = /^(?:attempt \d+ of \S+ started|ended: \w+)$/

export function summaryText(
  happened: readonly Happened[],
  links: { readonly url?: string; readonly login?: string; readonly mails: Mails | null },
): string {
  const runs = table(
    happened,
    [
      { title: 'PIPELINE', of: ({ project, pipeline }) => `${project}:${pipeline}` },
      { title: 'STATE', of: (each) => state(each.state) },
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
