import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { undo } from '../scratch.ts'
import type { HostOptions } from './host-process.ts'

export interface Host extends AsyncDisposable {
  /** Process ids of the workers that are registered now. */
  workers(): readonly number[]
  /** How many different worker processes have been registered. */
  started(): number
  /** Resolves when all workers are registered. */
  whole(): Promise<void>
  /** SIGKILL to the supervisor and all its workers at once, as when the machine is gone. */
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('host-process.ts', import.meta.url))

/** Starts a host and waits for its workers. Leaving its scope drains it. */
export async function startHost(options: HostOptions): Promise<Host> {
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HOST_OPTIONS: JSON.stringify(options) },
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  let pids: readonly number[] = []
  const seen = new Set<number>()
  lines.on('line', (line) => {
    pids = JSON.parse(line) as readonly number[]
    for (const pid of pids) seen.add(pid)
  })
  let gone = false
  const stop = async (): Promise<void> => {
    if (gone) return
    gone = true
    child.stdin.end()
    const late = setTimeout(() => [child.pid, ...pids].forEach(killNow), 15_000)
    await exited
    clearTimeout(late)
  }
  const whole = async (): Promise<void> => {
    while (pids.length < options.workers) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The host ended (${child.exitCode ?? child.signalCode}) before its workers were there.`)
      }
      await Promise.race([once(lines, 'line'), exited])
    }
  }
  const host: Host = {
    workers: () => pids,
    started: () => seen.size,
    whole,
    kill: async () => {
      gone = true
      for (const pid of [child.pid, ...pids]) killNow(pid)
      await exited
    },
    ...undo(stop),
  }
  await whole()
  return host
}

/** A process that is gone already is as good as killed. */
export function killNow(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
