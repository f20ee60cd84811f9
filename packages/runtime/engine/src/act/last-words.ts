import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import type { OwnEnd } from '../plan/how-it-ended.ts'

/**
 * Where a worker process says why it kills itself. Its parent sees no more than SIGKILL, which looks as if somebody else had sent it. A
 * file: the supervisor may be blocked, and the database gone, at that moment.
 */
export const lastWordsFd = 4

export function sayLastWords(why: OwnEnd): void {
  try {
    writeSync(lastWordsFd, `${why} `)
  } catch {
    // Code of a task has closed it, or the disk is full: it is killed all the same.
  }
}

/** The first of them; null when it said nothing. Closes the file. */
export function lastWords(fd: number): OwnEnd | null {
  const text = Buffer.alloc(Math.min(fstatSync(fd).size, 100))
  readSync(fd, text, 0, text.length, 0)
  closeSync(fd)
  const [first] = text.toString('utf8').split(' ')
  return first === 'deaf' || first === 'blocked' || first === 'lease' ? first : null
}
