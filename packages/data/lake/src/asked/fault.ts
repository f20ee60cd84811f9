import { bugErrors, given, inputErrors, isSluiceError, queryErrors, requestErrors, SluiceError } from '@sluice/core'
import { duckdbErrors } from '@sluice/duckdb'
import type { Fault } from './question.ts'

/** What one query may put on the disk, on which everybody's data lies, too. */
export const spillLimitMb = 8_192

export function faultOf(thrown: unknown): Fault {
  const error = isSluiceError(thrown)
    ? thrown
    : bugErrors.unreachable(`A query failed in a way it should not: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        next: 'Please report this with the query.',
      })
  const { code, kind, status, message, next, facts, retryAfterMs } = error
  return { code, kind, status, message, facts, ...given({ next, retryAfterMs }) }
}

export const errorOf = ({ code, kind, status, message, ...options }: Fault): SluiceError =>
  new SluiceError({ code, kind, status }, message, options)

/** It advises settings, which are not for those who ask. */
function outOfMemory(cause: unknown, message: string): SluiceError {
  const [, size = '0', unit] = /\/([\d.]+) ([MG])iB used/.exec(message) ?? []
  const limitMb = Math.round(Number(size) * (unit === 'G' ? 1_024 : 1))
  return queryErrors.memory(`The query needed more than the ${limitMb} MiB of memory that one may have`, {
    cause,
    facts: { limitMb },
    next: 'Select fewer columns or shorter values; sort and group fewer rows.',
  })
}

/** What DuckDB says of a typed query, without its place in the text that was made of it. */
export function faultOfQuery(thrown: unknown): unknown {
  if (isSluiceError(thrown) && thrown.code === 'disk.full' && thrown.message.includes('max_temp_directory_size')) {
    return queryErrors.memory('The query needed more memory and more of the disk than one may have', {
      cause: thrown,
      facts: { limitMb: spillLimitMb },
      next: 'Select fewer columns or shorter values; sort and group fewer rows.',
    })
  }
  if (!duckdbErrors.failed.is(thrown)) return thrown
  const message = thrown.message.split(/\n+LINE \d/)[0] ?? thrown.message
  if (message.startsWith('Permission Error'))
    return requestErrors.denied('The query reaches for a file outside of the lakes that it may read', {
      cause: thrown,
      facts: { anonymous: false },
      next: 'A query of the lake reads tables and files of the lake, and nothing else.',
    })
  if (message.startsWith('Out of Memory Error')) return outOfMemory(thrown, message)
  return inputErrors.invalid(message, {
    cause: thrown,
    next: 'Correct the query; DESCRIBE silver.NAME shows the columns of a table.',
  })
}
