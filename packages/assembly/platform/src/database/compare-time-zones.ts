import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { passOn } from '../pass-on.ts'
import type { TimeZoneQuestion, TimeZoneReply } from './time-zones-process.ts'

/**
 * The warnings of `timeZoneWarnings`, from a process of its own: DuckDB stays in the memory of whoever has loaded it (20 MB), and a server
 * compares once.
 * @throws why the engines could not be compared
 */
export async function compareTimeZones(stateDir: string, question: TimeZoneQuestion, signal: AbortSignal): Promise<readonly string[]> {
  const child = fork(fileURLToPath(import.meta.resolve('./time-zones-process.ts')), [], {
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(stateDir, 'cache', 'compiled') },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  })
  passOn(child)
  const exited = once(child, 'exit')
  // Whichever is awaited second may already have failed.
  exited.catch(() => undefined)
  const replied = new Promise<TimeZoneReply>((resolve) => child.once('message', resolve))
  child.send(question)
  const reply = await Promise.race([
    replied,
    exited.then(([code, by]): TimeZoneReply => ({ error: `their process ended: ${by ?? `code ${code}`}` })),
  ])
  await exited
  if ('error' in reply) throw new Error(reply.error)
  return reply.warnings
}
