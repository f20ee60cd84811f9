import { formatInstant, type Instant, unreachable } from '@sluice/core'
import type { AttemptSummary } from '@sluice/engine'

/*
 * The engine's own lines of an attempt's log are made of the attempt's row when somebody reads the log. So a task that logs nothing has
 * nothing on the disk (a file and a folder each were 8 KB and two inodes a task run), and these lines are there as soon as the state is.
 */

/** The first line of an attempt's log. */
export const startedLine = (task: string, { attempt, startedAt }: Pick<AttemptSummary, 'attempt' | 'startedAt'>): string =>
  lineOf(startedAt, 'info', { message: `attempt ${attempt} of ${task} started` })

/** The last line; none while the attempt goes on, and none of a failure: its error is in the file, which mails name. */
export function endedLine({ state, endedAt, error, reason }: AttemptSummary): string | undefined {
  if (endedAt === null) return undefined
  switch (state) {
    case 'success':
    case 'skipped':
    case 'cancelled':
      return lineOf(endedAt, 'info', { message: `ended: ${state}${reason === null ? '' : `, ${reason}`}` })
    case 'lost':
      return error === null
        ? lineOf(endedAt, 'error', { message: 'lost' })
        : lineOf(endedAt, 'error', { message: error.message, facts: error })
    case 'failed':
    case 'running':
    case 'rescheduled':
      return undefined
    default:
      return unreachable(state)
  }
}

const lineOf = (at: Instant, level: 'info' | 'error', rest: { readonly message: string; readonly facts?: object }): string =>
  `${JSON.stringify({ at: formatInstant(at), level, ...rest })}\n`
