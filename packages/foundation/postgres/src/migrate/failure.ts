import { positionAt, type SluiceError } from '@sluice/core'
import { migrationErrors } from '../errors.ts'
import { toFault } from '../fault.ts'

/**
 * A file whose text, or the statement of it that was sent last, failed. Names the file and the line: the server's, or else that at which
 * the statement begins (`from`). A lost connection stays retryable.
 */
export function fileFailure(
  file: string,
  text: string,
  error: unknown,
  options: {
    readonly statement?: string
    readonly from?: number | undefined
    readonly facts?: Readonly<Record<string, unknown>>
    readonly next: string
  },
): SluiceError {
  const fault = toFault(error)
  if (fault.kind === 'retryable') return fault
  const { position } = fault.facts
  const before = typeof position === 'number' ? text.indexOf(options.statement ?? text) + position - 1 : options.from
  const line = before === undefined ? undefined : positionAt(text, before).line
  return migrationErrors.failed(`${file}${line === undefined ? '' : `, line ${line}`}: ${fault.message}`, {
    facts: { ...fault.facts, ...options.facts, file, ...(line === undefined ? {} : { line }) },
    cause: error,
    next: options.next,
  })
}
