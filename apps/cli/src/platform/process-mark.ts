import { readFileSync } from 'node:fs'

/** Tells a process from a later one that got the same number: when it started, in clock ticks since boot. Empty where the system does not say. */
export function startMark(pid: number): string {
  return fieldsOf(pid)[19] ?? ''
}

/** A zombie does not live, although the system still finds it: nobody may ever fetch its exit code. */
export function isAlive(pid: number, mark: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const fields = fieldsOf(pid)
  const now = fields[19] ?? ''
  return fields[0] !== 'Z' && fields[0] !== 'X' && (mark === '' || now === '' || mark === now)
}

/** From the third field on: the second is the command in parentheses and may hold spaces. */
function fieldsOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
