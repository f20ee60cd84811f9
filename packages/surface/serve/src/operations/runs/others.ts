import type { Terminal } from '../../endpoint/terminal.ts'
import { listRuns } from './list.ts'

/** Tells which runs wait or are under way: a process that executes tasks for one run goes on with these as well. */
export async function tellOthers({ call, output, executes }: Pick<Terminal, 'call' | 'output' | 'executes'>): Promise<void> {
  if (await executes()) return
  for (const state of ['running', 'queued'] as const) {
    const { items, next } = await call(listRuns, { query: { state, limit: 20 } })
    for (const { id, project, pipeline } of items) output.note(`goes on with run ${id} of ${project}:${pipeline}, which is ${state}`)
    if (next !== null) output.note(`and with more: sluice runs list --state ${state}`)
  }
}
