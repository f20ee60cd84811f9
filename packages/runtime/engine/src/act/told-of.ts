import { type ErrorRecord, placeOf } from '@sluice/core'

/**
 * An error as the log of an attempt tells it. Frames are for whoever looks for a fault in code: one that says what is wrong with a file or
 * a declaration, and was thrown in the platform alone, has none to look at.
 */
export function toldOf(error: ErrorRecord): ErrorRecord {
  if (error.kind === 'bug' || error.code === 'task.failed' || placeOf(error.stack) !== undefined) return error
  const { stack: _, ...told } = error
  return told
}
