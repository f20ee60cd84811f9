import { setTimeout as delay } from 'node:timers/promises'
import type { BackupJob } from '@sluice/engine'
import type { Terminal } from '../../endpoint/terminal.ts'
import { showBackup } from './show.ts'
import { jobText } from './text.ts'

/** Until it has ended; the exit code is 0 only when it is whole. */
export async function untilMade({ output, call, signal }: Pick<Terminal, 'output' | 'call' | 'signal'>, asked: BackupJob): Promise<number> {
  let job = asked
  while (job.endedAt === null) {
    await delay(300, undefined, { signal })
    job = await call(showBackup, { params: { job: String(job.id) } })
  }
  output.result(job, () => jobText(job))
  if (job.error?.next !== undefined) output.note(job.error.next)
  return job.error === null ? 0 : 1
}
