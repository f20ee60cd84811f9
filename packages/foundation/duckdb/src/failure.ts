import { diskErrors, type SluiceError } from '@sluice/core'
import { duckdbErrors } from './errors.ts'

const diskFull = /No space left|ENOSPC|disk full|max_temp_directory_size|failed to offload data block/i

/** DuckDB's error as ours; the statement's first 200 characters go along, parameters never do. */
export function failureOf(cause: unknown, sql: string): SluiceError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const facts = { sql: sql.slice(0, 200) }
  if (diskFull.test(message)) {
    return diskErrors.full(`DuckDB ran out of disk space: ${message}`, {
      facts,
      next: 'Free disk space, or point the temporary directory at a larger disk.',
      cause,
    })
  }
  return duckdbErrors.failed(message, {
    facts,
    next: 'Read the message: it names the place in the SQL, kept in the facts.',
    cause,
  })
}

/** Errors that DuckDB raises at a value: what it could not read, convert or compute. */
const ofData = /^(?:Conversion|Invalid Input|Out of Range) Error: /

/** Whether an error came from a value in the data, so that the same statement without the row may run; whatever wraps it. */
export const isOfData = (thrown: unknown): boolean => holds(thrown, ofData)

/** Whether a statement wanted more memory than DuckDB may take; whatever wraps it. */
export const isOutOfMemory = (thrown: unknown): boolean => holds(thrown, /^Out of Memory Error: /)

function holds(thrown: unknown, message: RegExp): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (message.test(at.message)) return true
  return false
}
