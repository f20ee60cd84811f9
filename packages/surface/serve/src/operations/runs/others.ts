import type { Terminal } from '../../endpoint/terminal.ts'
import { listRuns } from './list.ts'

/** Tells which runs wait or are under way: a process that executes tasks for one run executes these as well. */
export async function tellOthers({ call, output, executes }: Pick<Terminal, 'call' | 'output' | 'executes'>): Promise<void> {
  if (await executes()) return
  for (const state of ['running', 'queued'] as const) {
    const { items, next } = await call(listRuns, { query: { state, limit: 20 } })
    for (const { id, project, pipeline } of items) output.note(`also executes the ${state} run ${id} of ${project}:${pipeline}`)
    if (next !== null) output.note(`also executes more of them: sluice runs list --state ${state}`)
  }
}
