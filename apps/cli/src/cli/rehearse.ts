import { type Json, requestErrors } from '@sluice/core'
import type { InProcessRun } from '@sluice/engine'
import { failureText, logLine, state } from '@sluice/serve/terminal'
import type { Context } from './context.ts'

export interface Rehearsal {
  readonly pipeline: string
  readonly until?: string
  readonly logicalTime: number
  readonly params: Readonly<Record<string, Json>>
}

/**
 * A run on throwaway stores, told on stderr as it goes: each task's end; of the task asked for, its log.
 * @throws `request.invalid` with `--url`.
 */
export async function rehearsalOf(
  { output, root, global }: Context,
  rehearsal: Rehearsal,
): Promise<InProcessRun & { readonly pipeline: string; readonly logicalTime: number }> {
  if (global.url !== undefined) {
    throw requestErrors.invalid('tests run on this machine', { next: 'Leave out --url.' })
  }
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
