import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from '@sluice/process'
import { postgresErrors } from '../errors.ts'
import { inspect } from './inspect.ts'
import type { ServerFiles } from './state.ts'

/** Ends the server: fast shutdown (sessions are rolled back), after 20 s an immediate one, which costs a recovery at the next start. */
export async function stopServer(files: ServerFiles): Promise<boolean> {
  const found = await inspect(files)
  if (found.kind !== 'ours') return false
  for (const [signal, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    if (!send(found.pid, signal)) return true
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await delay(3)) if (!isAlive(found.pid)) return true
  }
  throw postgresErrors.failed(`PostgreSQL (pid ${found.pid}) in ${files.dir} does not stop`, {
    facts: { dir: files.dir, pid: found.pid },
    next: `Read the end of ${files.log}.`,
  })
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
