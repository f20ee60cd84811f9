import { readFileSync } from 'node:fs'

/** What the kernel counts in: a hundredth of a second on all Linux that Node runs on. */
const tickMs = 10

/**
 * Processor time in milliseconds of this process, and of those that it started and that have ended, with theirs. 0 where there is no /proc.
 * Servers that many files share count for none.
 */
export function processorMs(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    // utime, stime, cutime and cstime of proc_pid_stat(5), behind a name that may hold blanks.
    const times = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
    return times.reduce((sum, ticks) => sum + Number(ticks), 0) * tickMs
  } catch {
    return 0
  }
}

declare module 'vitest' {
  interface TaskMeta {
    /** Of a file: what its process and their children took of the processors for it. */
    processorMs?: number
  }
}
