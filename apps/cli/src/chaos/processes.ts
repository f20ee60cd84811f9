import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Living processes whose environment has the entry, this one aside. */
export const processesWith = (entry: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => textOf(pid, 'environ').split('\0').includes(entry))

export const commandOf = (pid: number): string => textOf(pid, 'cmdline').replaceAll('\0', ' ')

/** SIGKILL; one that is gone already is as good. */
export const kill9 = (pid: number): void => void signalled(pid, 'SIGKILL')

/** False for a process that is gone. */
export function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Waits for what must come to hold; fails with the words when it does not. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 600_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds()); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
  }
}

/** Empty for a process that is gone, and for a zombie. */
function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
