import { readdirSync, readFileSync } from 'node:fs'
import { isAlive } from '../process-mark.ts'

/** Living processes with such an entry in their environment, this one aside: what a test has started, and what that has started. */
export const processesNamed = (entry: string | RegExp): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isAlive(pid))
    .filter((pid) => environmentOf(pid).some((each) => (typeof entry === 'string' ? each === entry : entry.test(each))))

/** For the end of a test: nothing that it started outlives it. */
export function killNamed(entry: string | RegExp): void {
  for (const pid of processesNamed(entry)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}
