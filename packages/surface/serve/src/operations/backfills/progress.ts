import { setTimeout as delay } from 'node:timers/promises'
import type { Terminal } from '../../endpoint/terminal.ts'
import { state } from '../../format/words.ts'
import { showBackfill } from './show.ts'
import { progressOf } from './text.ts'

/** Until all runs of the backfill have ended, each change told on stderr; the exit code is 0 only when all succeeded. */
export async function waitForBackfill({ output, call, signal }: Pick<Terminal, 'output' | 'call' | 'signal'>, id: number): Promise<number> {
  for (let told = ''; ; ) {
    const backfill = await call(showBackfill, { params: { backfill: String(id) } })
    const progress = `backfill ${id}: ${progressOf(backfill)}${backfill.state === 'paused' ? ', paused' : ''}`
    if (progress !== told) output.note(progress)
    told = progress
    if (backfill.endedAt !== null) {
      for (const run of backfill.failedRuns) output.note(`  ${state('failed')}: sluice runs show ${run}`)
      return backfill.state === 'success' ? 0 : 1
    }
    await delay(500, undefined, { signal })
  }
}
