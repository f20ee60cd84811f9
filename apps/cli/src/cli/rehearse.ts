import { type Json, parseDatasetId, qualityErrors, type Receipt, requestErrors } from '@sluice/core'
import type { InProcessRun, InProcessTask } from '@sluice/engine'
import { failureText, logLine, state } from '@sluice/serve/terminal'
import type { Context } from './context.ts'

export interface Rehearsal {
  readonly pipeline: string
  readonly until?: string
  readonly logicalTime: number
  readonly params: Readonly<Record<string, Json>>
}

/**
 * A run on throwaway stores, told on stderr as it goes: each task's end and what it wrote; of the task asked for its log, else all
 * warnings.
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
      if (task === rehearsal.until || (rehearsal.until === undefined && line.level === 'warn')) output.note(logLine(line))
    },
    onTask: (task) => {
      const rows = task.receipts.map(rowsText).join('; ')
      output.note(
        `  ${task.task}  ${state(task.state)}${task.attempts > 1 ? `  attempt ${task.attempts}` : ''}${rows === '' ? '' : `  ${rows}`}`,
      )
      if (task.error !== null) output.note(failureText({ ...task.error, ...nextOfTest(task.error), stack: undefined }))
    },
  })
  return { ...run, pipeline: rehearsal.pipeline, logicalTime: rehearsal.logicalTime }
}

function rowsText({ dataset, rowsWritten, rowsQuarantined }: Receipt): string {
  const { layer, name } = parseDatasetId(dataset)
  return `${layer}.${name} ${rowsWritten} rows${rowsQuarantined === 0 ? '' : `, ${rowsQuarantined} left out`}`
}

/** A test deletes its stores at its end: nobody can look at the rows in quarantine, or clear the task. */
const nextOfTest = ({ code, facts }: NonNullable<InProcessTask['error']>): { readonly next?: string } =>
  code === qualityErrors.failed.code && facts?.rowsQuarantined !== undefined
    ? { next: 'Correct the model, the dataset or the source and test again, or let the dataset allow more (quarantine: { fail }).' }
    : {}
