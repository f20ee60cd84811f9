import { readFile, truncate } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** One execution, as the task itself wrote it down. */
export interface Mark {
  readonly task: string
  readonly attempt: number
  readonly pid: number
  /** Milliseconds of the machine's monotonic clock, the same for all processes. */
  readonly atMs: number
}

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

export async function readMarks(file: string): Promise<readonly Mark[]> {
  const text = await readFile(file, 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [task = '', attempt, pid, atMs] = line.split(' ')
      return { task, attempt: Number(attempt), pid: Number(pid), atMs: Number(atMs) }
    })
}

export const forgetMarks = (file: string): Promise<void> => truncate(file)

/** The first execution that fits, once it is there. */
export async function markWhere(file: string, fits: (mark: Mark) => boolean, withinMs: number): Promise<Mark> {
  for (const deadline = monotonicMs() + withinMs; ; await delay(2)) {
    const found = (await readMarks(file)).find(fits)
    if (found !== undefined) return found
    if (monotonicMs() > deadline) throw new Error(`Nothing that fits was executed within ${withinMs} ms.`)
  }
}
