import { formatDuration } from '@sluice/core'
import type { RunDetail, RunSummary } from '@sluice/engine'
import type { Terminal } from '../../endpoint/terminal.ts'
import { failureText } from '../../format/failure.ts'
import { state, took } from '../../format/words.ts'

/** The run when it has ended, each change of a task told on stderr as it comes. */
export async function waitWithProgress({ output, wait }: Pick<Terminal, 'output' | 'wait'>, run: RunSummary): Promise<RunDetail> {
  output.note(`run ${run.id} of ${run.project}:${run.pipeline}`)
  const known = new Map<string, string>()
  /** By the text of an error, the first task that failed with it. */
  const told = new Map<string, string>()
  const width = { task: 0 }
  return await wait(run.id, {
    onProgress: ({ taskRuns }) => {
      width.task = Math.max(...taskRuns.map(({ task }) => task.length))
      for (const task of taskRuns) {
        const shown = `${task.state} ${task.attempt}`
        if (known.get(task.task) === shown) continue
        const first = !known.has(task.task)
        known.set(task.task, shown)
        if (first && (task.state === 'waiting' || task.state === 'queued')) continue
        const attempt = task.attempt > 1 ? `  attempt ${task.attempt}` : ''
        output.note(`  ${task.task.padEnd(width.task)}  ${state(task.state)}${attempt}${sinceBegin(task)}`)
        if (task.error === null || task.state !== 'failed') continue
        const text = failureText({ ...task.error, stack: undefined })
        const before = told.get(text)
        told.set(text, before ?? task.task)
        output.note(indent(before === undefined ? text : `the same error as ${before}`))
      }
    },
  })
}

/** How long it took; of a task that ended without having begun why, such as that it is not part of the run. */
function sinceBegin({ startedAt, endedAt, reason }: RunDetail['taskRuns'][number]): string {
  if (endedAt === null) return ''
  return startedAt === null && reason !== null ? `  ${reason}` : `  ${took(startedAt, endedAt, Date.now())}`
}

/** Says how a run ended; the exit code is 0 only for success. */
export function runResult({ output }: Pick<Terminal, 'output'>, run: RunDetail): number {
  output.result(run, () => {
    const duration = run.startedAt === null || run.endedAt === null ? '' : ` in ${formatDuration(run.endedAt - run.startedAt)}`
    return `run ${run.id} of ${run.project}:${run.pipeline}: ${state(run.state)}${duration}`
  })
  if (run.state === 'failed') {
    const failed = run.taskRuns.find((task) => task.state === 'failed')
    if (failed !== undefined) output.note(`See why: sluice tasks logs ${run.pipeline} ${failed.task} --run ${run.id}`)
  }
  return run.state === 'success' ? 0 : 1
}

const indent = (text: string): string => text.replaceAll(/^/gm, '    ')
