import type { Duration } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { refuseOddOptions, refuseOther, refuseOtherWords, shown } from '../base/shape.ts'
import { spanMs } from '../base/spans.ts'
import { aTextOrNumber } from './rest-answer.ts'
import { type AnswerPath, onePath } from './rest-path.ts'

/** How a bound is written where `{since}` or `{until}` stands, and how values of the rows are compared. */
export type BoundForm = 'iso' | 'date' | 'seconds' | 'milliseconds' | 'number' | 'text'
export const boundForms: readonly BoundForm[] = ['iso', 'date', 'seconds', 'milliseconds', 'number', 'text']

interface Formed {
  /** `iso` unless given: 2026-11-30T06:00:00.000Z. `date` is a day in UTC, `seconds` and `milliseconds` count from 1970. */
  readonly as?: BoundForm
  /** So much before the lower bound is asked for once more: a span (`'10m'`), or a number where bounds are numbers. */
  readonly overlap?: string | number
}

/** Rows of the run's data interval: [since, until). */
export interface OfInterval extends Formed {
  readonly by: 'interval'
}

/**
 * Rows from the greatest value on that an earlier run has landed, as the receipts of the dataset say; `until` is the end of the data
 * interval.
 */
export interface FromGreatest extends Formed {
  readonly by: 'greatest'
  /** The field, from the row: `$.updated_at`. */
  readonly at: AnswerPath
  /** For the first run. Without it, parameters with `{since}` are left out then. */
  readonly first?: string | number
  /** So far ahead of now a time counts; `'1d'` unless given. A row with a later one is landed, and the next run does not begin there. */
  readonly ahead?: Duration
}

export type RestIncremental = OfInterval | FromGreatest

const formed = ['by', 'as', 'overlap']
const options: { readonly [K in RestIncremental['by']]: readonly string[] } = {
  interval: formed,
  greatest: [...formed, 'at', 'first', 'ahead'],
}

/** @throws `definition.invalid` */
export function refuseOddIncremental(where: string, incremental: RestIncremental): void {
  refuseOddOptions(`${where}, incremental`, incremental, options.greatest)
  refuseOtherWords(where, 'incremental.by', incremental.by, Object.keys(options))
  refuseOddOptions(`${where}, incremental by ${incremental.by}`, incremental, options[incremental.by])
  const { as = 'iso', overlap } = incremental
  refuseOtherWords(where, 'incremental.as', as, boundForms)
  const isTime = as !== 'number' && as !== 'text'
  if (incremental.by === 'interval' && !isTime)
    throw refused(where, `incremental by interval is written as ${as}`, "Write as: 'iso', 'date', 'seconds' or 'milliseconds'.")
  if (overlap !== undefined) {
    if (as === 'text') throw refused(where, 'texts have no overlap', 'Leave incremental.overlap out.')
    if (isTime) spanMs(where, 'incremental.overlap', overlap)
    else if (!(Number.isFinite(overlap) && Number(overlap) >= 0))
      throw refused(where, `incremental.overlap is ${shown(overlap)}`, 'Write a number: the bounds are numbers.')
  }
  if (incremental.by !== 'greatest') return
  onePath(where, 'incremental.at', incremental.at)
  const { first, ahead } = incremental
  if (ahead !== undefined && !isTime)
    throw refused(where, `incremental.ahead is ${shown(ahead)}, and the values are not times`, 'Leave incremental.ahead out.')
  if (ahead !== undefined) spanMs(where, 'incremental.ahead', ahead)
  if (first === undefined) return
  refuseOther(where, 'incremental.first', first, aTextOrNumber)
  if (as === 'number' && typeof first !== 'number')
    throw refused(where, `incremental.first is ${shown(first)}`, 'Write a number: the bounds are numbers.')
}
