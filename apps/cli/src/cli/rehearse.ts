import type { Json } from '@sluice/core'
import type { InProcessRun } from '@sluice/engine'
import { failureText } from '../format/failure.ts'
import { logLine } from '../format/log-line.ts'
import { state } from '../format/words.ts'
import type { Context } from './context.ts'

export interface Rehearsal {
  readonly pipeline: string
  readonly until?: string
  readonly logicalTime: number
  readonly params: Readonly<Record<string, Json>>
}

/** A run on throwaway stores, told on stderr as it goes: each task's end; of the task asked for, its log. */
export async function rehearsalOf(
  { output, root, global }: Context,
  rehearsal: Rehearsal,
): Promise<InProcessRun & { readonly pipeline: string; readonly logicalTime: number }> {
  const { rehearse } = await import('@sluice/platform')
  const run = await rehearse({
    root,
    project: global.project,
    ...rehearsal,
    onLine: (task, line) => {
      if (task === rehearsal.until) output.note(logLine(line))
    },
    onTask: (task) => {
      output.note(`  ${task.task}  ${state(task.state)}${task.attempts > 1 ? `  attempt ${task.attempts}` : ''}`)
      if (task.error !== null) output.note(failureText({ ...task.error, stack: undefined }))
    },
  })
  return { ...run, pipeline: rehearsal.pipeline, logicalTime: rehearsal.logicalTime }
}
