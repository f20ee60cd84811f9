import type { StrayError } from './stray-errors.ts'

/**
 * Of an attempt at hand an error that nobody awaits fails it. Of one that is over it is told in its log and to the supervisor. Where nobody
 * knows whose it is, the attempts at hand are lost with their process: each is claimed alone then, and none has failed of another's error.
 */
export async function answerStray(
  { attempt, thrown, message }: StrayError,
  holds: boolean,
  tell: (told: string | null) => Promise<void>,
): Promise<void> {
  attempt?.fail(thrown, message)
  if (attempt?.over === false) await tell(null)
  else if (attempt !== undefined)
    await tell(`${attempt.name} left an error behind that nobody awaits, told at the end of its log: ${message}`)
  else {
    await tell(`an error that nobody awaits, and nobody knows of which task${holds ? ': those at hand run again' : ''}: ${message}`)
    if (holds) process.exit(1)
  }
}
