import { readdirSync, readFileSync } from 'node:fs'
import { isAlive, markLives } from './process-mark.ts'

/**
 * Whose a process is, said in its environment, which children inherit: also those that left their process group or whose parent has ended.
 * A mark is a path, `<owner>/<part>/...`, so that an owner finds the children of all its parts.
 */
export const markVariable = 'SLUICE_PROCESS_OF'

/** Living processes that the mark, or a longer one, was given to. Only Linux tells; elsewhere there are none. Costs a file a process. */
export const processesOf = (mark: string): readonly number[] => markedBelow(mark).map(({ pid }) => pid)

interface Marked {
  readonly pid: number
  /** What its mark says beyond the one that was looked for. */
  readonly parts: readonly string[]
}

function markedBelow(mark: string): readonly Marked[] {
  if (process.platform !== 'linux') return []
  const entry = `${markVariable}=${mark}`
  return readdirSync('/proc').flatMap((name): Marked[] => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const found = environmentOf(pid).find((each) => each === entry || each.startsWith(`${entry}/`))
    return found === undefined || !isAlive(pid) ? [] : [{ pid, parts: found.slice(entry.length + 1).split('/') }]
  })
}

/** Kills what is left of owners below the mark that name themselves by `ownMark` and have ended: nobody else kills it any more. */
export function killLeftBehind(mark: string): void {
  for (const { pid, parts } of markedBelow(mark)) if (!markLives(parts[0] ?? '')) signal(pid, 'SIGKILL')
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
