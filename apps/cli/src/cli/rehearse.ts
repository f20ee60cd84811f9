import { type Json, parseDatasetId, qualityErrors, type Receipt, requestErrors } from '@sluice/core'
import type { InProcessRun, InProcessTask } from '@sluice/engine'
import { failureText, logLine, state } from '@sluice/serve/terminal'
import type { Context, GlobalOptions } from './context.ts'

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
  refuseUrl(global)
  const { rehearse } = await import('@sluice/platform')
  const run = await rehearse({
    root,
    project: global.project,
    ...rehearsal,
    onLine: (task, line) => {
      if (task === rehearsal.until || (rehearsal.until === undefined && line.level === 'warn')) output.note(logLine(line))
    },
    onTask: (task) => {
      output.note(taskLine(task))
      if (task.error !== null) output.note(failureText({ ...task.error, ...nextOfTest(task.error), stack: undefined }))
    },
  })
  return { ...run, pipeline: rehearsal.pipeline, logicalTime: rehearsal.logicalTime }
}

/** @throws `request.invalid` with `--url` */
export function refuseUrl({ url }: GlobalOptions, why = 'tests run on this machine', next = 'Leave out --url.'): void {
  if (url !== undefined) throw requestErrors.invalid(why, { next })
}

/** How a task ended, and the rows that it wrote and left out. */
export function taskLine({ task, state: ended, attempts, receipts }: InProcessTask): string {
  const rows = receipts.map(rowsText).join('; ')
  return `  ${task}  ${state(ended)}${attempts > 1 ? `  attempt ${attempts}` : ''}${rows === '' ? '' : `  ${rows}`}`
}

function rowsText({ dataset, rowsWritten, rowsQuarantined, brokenRules, replayed }: Receipt): string {
  const { layer, name } = parseDatasetId(dataset)
  const rules = Object.entries(brokenRules ?? {}).map(([rule, rows]) => `${rule} ${rows}`)
  const leftOut = rowsQuarantined === 0 ? '' : `, ${rowsQuarantined} left out${rules.length === 0 ? '' : ` (${rules.join(', ')})`}`
  return `${layer}.${name} ${rowsWritten} rows${replayed ? ' (there already)' : ''}${leftOut}`
}

/** A test deletes its stores at its end: nobody can look at the rows in quarantine, or clear the task. */
export const nextOfTest = ({ code, facts }: NonNullable<InProcessTask['error']>): { readonly next?: string } =>
  code === qualityErrors.failed.code && facts?.rowsQuarantined !== undefined
    ? { next: 'Correct the model, the dataset or the source and test again, or let the dataset allow more (quarantine: { fail }).' }
    : {}
