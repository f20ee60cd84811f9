import type { BoundForm, RestIncremental } from '@sluice/author'
import { durationMs, formatInstant, type Interval, parseInstant } from '@sluice/core'
import { sourceErrors } from '../errors.ts'

/** The span that a run asks for, as it is written into the request. */
export interface Window {
  readonly since: string | undefined
  readonly until: string
}

/** @param greatest the greatest value that an earlier run has landed, as it stood in its row */
export function windowOf(incremental: RestIncremental, interval: Interval, greatest: string | undefined): Window {
  const { as = 'iso', overlap } = incremental
  const until = written(interval.end, as)
  if (incremental.by === 'interval') {
    return { since: written(interval.start - durationMs(String(overlap ?? '0s')), as), until }
  }
  if (greatest === undefined) return { since: incremental.first === undefined ? undefined : String(incremental.first), until }
  if (as === 'text') return { since: greatest, until }
  if (as === 'number') return { since: less(greatest, Number(overlap ?? 0)), until }
  const at = instantOf(greatest, as)
  if (at === undefined) throw notATime(greatest, as)
  return { since: written(at - durationMs(String(overlap ?? '0s')), as), until }
}

/** Digit for digit where both are whole. */
const less = (value: string, by: number): string =>
  /^-?\d+$/.test(value) && Number.isSafeInteger(by) ? String(BigInt(value) - BigInt(by)) : String(Number(value) - by)

function written(at: number, as: BoundForm): string {
  switch (as) {
    case 'iso':
      return formatInstant(at)
    case 'date':
      return formatInstant(at).slice(0, 10)
    case 'seconds':
      return String(Math.floor(at / 1_000))
    case 'milliseconds':
    case 'number':
    case 'text':
      return String(at)
    default:
      return as satisfies never
  }
}

function instantOf(value: string, as: BoundForm): number | undefined {
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return as === 'seconds' ? Number(value) * 1_000 : Number(value)
  return parseInstant(value)
}

const notATime = (value: string, as: BoundForm) =>
  sourceErrors.schema(`a row says ${JSON.stringify(value.slice(0, 40))} where a time was to be`, {
    facts: { value: value.slice(0, 40), as },
    next: "Correct incremental.at of the source, or say how values are meant: incremental.as ('number', 'text').",
  })

/** The greater of two values of rows. @throws `source.schema` for what is not of the form */
export function greaterOf(a: string | undefined, b: string, as: BoundForm): string {
  if (as === 'text') return a === undefined || b > a ? b : a
  const [left, right] = [a === undefined ? undefined : rank(a, as), rank(b, as)]
  return a === undefined || left === undefined || right > left ? b : a
}

function rank(value: string, as: BoundForm): number | bigint {
  if (as === 'number') {
    if (/^-?\d+$/.test(value)) return BigInt(value)
    if (value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
    throw sourceErrors.schema(`a row says ${JSON.stringify(value.slice(0, 40))} where a number was to be`, {
      facts: { value: value.slice(0, 40), as },
      next: "Correct incremental.at of the source, or say as: 'text'.",
    })
  }
  const at = instantOf(value, as)
  if (at === undefined) throw notATime(value, as)
  return at
}

/** Whether a value of a row is a time so far ahead of now that the next run is not to begin there. */
export function isFarAhead(
  value: string,
  { as = 'iso', ahead = '1d' }: Extract<RestIncremental, { by: 'greatest' }>,
  now: number,
): boolean {
  if (as === 'text' || as === 'number') return false
  const at = instantOf(value, as)
  return at !== undefined && at > now + durationMs(ahead)
}
