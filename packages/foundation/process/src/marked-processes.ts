import { readdirSync, readFileSync } from 'node:fs'
import { isAlive } from './process-mark.ts'

/**
 * Whose a process is, said in its environment, which children inherit: also those that left their process group or whose parent has ended.
 * A mark is a path, `<owner>/<part>/...`, so that an owner finds the children of all its parts.
 */
export const markVariable = 'SLUICE_PROCESS_OF'

/** Living processes that the mark, or a longer one, was given to. Only Linux tells; elsewhere there are none. Costs a file a process. */
export function processesOf(mark: string): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isOf(environmentOf(pid), mark) && isAlive(pid))
}

const isOf = (environment: readonly string[], mark: string): boolean => {
  const entry = `${markVariable}=${mark}`
  return environment.some((each) => each === entry || each.startsWith(`${entry}/`))
}

/** Empty for a process that is gone, a zombie, and another user's. */
function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/** Looks again after a kill, since a process may have started another in between; one that forks without end is not outrun. */
const mostRounds = 20

/** Kills the processes of a mark. Returns how many there were. */
export function killProcessesOf(mark: string): number {
  const killed = new Set<number>()
  for (let round = 0; round < mostRounds; round++) {
    const found = processesOf(mark)
    if (found.length === 0) break
    for (const pid of found) {
      killed.add(pid)
      signal(pid, 'SIGKILL')
    }
  }
  return killed.size
}

/** Kills a process group: its leader has the number `pid`. A group that is gone is as good. */
export function killGroup(pid: number): void {
  if (pid > 1) signal(-pid, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
