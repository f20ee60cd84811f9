import { readFileSync } from 'node:fs'

/**
 * A living process as a text that a later process with the same number does not share: its start time in kernel ticks on
 * Linux, `-` elsewhere. `undefined` when no such process lives. A zombie does not live, although `kill(pid, 0)` still finds it.
 */
export function processMark(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform !== 'linux') return answersSignal(pid) ? '-' : undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the command in parentheses and may hold spaces: count from the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Whether any process has this number now. To know a process again later, keep its mark and ask `isSameProcess`. */
export const isAlive = (pid: number): boolean => processMark(pid) !== undefined

/** Whether the process with this number is still the one that had this mark. */
export const isSameProcess = (pid: number, mark: string): boolean => processMark(pid) === mark

/** `<pid>.<mark>` of this process: the name under which it holds locks, leaves files and is a user of a server. */
export const ownMark = (): string => `${process.pid}.${processMark(process.pid) ?? '-'}`

/** Whether the process that wrote `<pid>.<mark>`, alone or at the start of a longer name, still lives. */
export function markLives(text: string): boolean {
  const [pid, mark] = text.split('.')
  return mark !== undefined && isSameProcess(Number(pid), mark)
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
