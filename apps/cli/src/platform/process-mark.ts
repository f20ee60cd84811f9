import { readFileSync } from 'node:fs'

/** Tells a process from a later one that got the same number: when it started, in clock ticks since boot. Empty where the system does not say. */
export function startMark(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

export function isAlive(pid: number, mark: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const now = startMark(pid)
  return mark === '' || now === '' || mark === now
}
