import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that was started in a folder of the tests, or works on files in it. */
export interface Leftover {
  readonly pid: number
  readonly command: string
}

/**
 * Living processes that have the folder, or one below it, as their `TMPDIR`, or that name it on their command line, as PostgreSQL does,
 * which inherits no environment. Under root PostgreSQL names its working directory instead. This process is not among them. Empty where
 * there is no /proc.
 * @param variables those that may hold the folder beside `TMPDIR`.
 */
export function processesOf(folder: string, variables: readonly string[] = []): readonly Leftover[] {
  const entries = ['TMPDIR', ...variables].map((name) => `${name}=${folder}`)
  const isOf = (pid: string): boolean =>
    entriesOf(pid, 'cmdline').some((argument) => (argument === '/proc/self/cwd' ? workingIn(pid) : argument).includes(folder)) ||
    entriesOf(pid, 'environ').some((found) => entries.some((entry) => found === entry || found.startsWith(`${entry}/`)))
  return pids()
    .filter((pid) => Number(pid) !== process.pid && isOf(pid) && isRunning(pid))
    .map((pid) => ({ pid: Number(pid), command: entriesOf(pid, 'cmdline').join(' ').trim() }))
}

/** Ends what still runs after the grace, and says what that was. */
export async function endProcessesOf(folder: string, graceMs: number, variables: readonly string[] = []): Promise<readonly Leftover[]> {
  for (const deadline = Date.now() + graceMs; Date.now() < deadline && processesOf(folder, variables).length > 0; ) await delay(20)
  const ended = processesOf(folder, variables)
  for (let round = 0; processesOf(folder, variables).length > 0; round++) {
    // The first signal lets PostgreSQL take its shared memory with it; its other processes end with it, and so need no signal of their own.
    for (const { pid, command } of processesOf(folder, variables))
      signal(pid, command.includes('postgres') && round < 100 ? 'SIGQUIT' : 'SIGKILL')
    await delay(20)
  }
  return ended
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}

function pids(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** A zombie has ended, whether or not its parent has asked. */
function isRunning(pid: string): boolean {
  const stat = textOf(pid, 'stat')
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

const entriesOf = (pid: string, file: 'cmdline' | 'environ'): readonly string[] => textOf(pid, file).split('\0')

function workingIn(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
