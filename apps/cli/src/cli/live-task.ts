import type { Json } from '@sluice/core'
import type { LiveTask } from '@sluice/platform'
import { failureText, logLine, moment, rowsTable } from '@sluice/serve/terminal'
import type { Context } from './context.ts'
import { nextOfTest, refuseUrl, taskLine } from './rehearse.ts'

export interface AskedLive {
  readonly pipeline: string
  readonly task: string
  readonly run: string | undefined
  readonly params: Readonly<Record<string, Json>>
}

/** A task against the live data, told on stderr as it goes. @throws `request.invalid` with `--url` */
export async function liveTask(context: Context, asked: AskedLive): Promise<LiveTask> {
  const { output, global } = context
  refuseUrl(global)
  const { tryLive } = await import('@sluice/platform')
  const task = await tryLive({
    platform: await context.platform(),
    client: await context.client(),
    project: global.project,
    ...asked,
    onRun: ({ id, logicalTime }) =>
      output.note(`${asked.task} on live data, as in run ${id} of ${moment(logicalTime)}; nothing of it stays.`),
    onLine: (line) => output.note(logLine(line)),
  })
  output.note(taskLine(task))
  if (task.error !== null) output.note(failureText({ ...task.error, ...nextOfTest(task.error), stack: undefined }))
  return task
}

/** The first rows of each dataset that it wrote. */
export const firstRowsText = ({ firstRows }: LiveTask): readonly string[] =>
  firstRows.flatMap(({ dataset, ...answer }) => ['', `${dataset}, its first rows:`, rowsTable(answer)])
