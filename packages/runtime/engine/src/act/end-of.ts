import { Skip } from '@sluice/author'
import { type ErrorRecord, toErrorRecord } from '@sluice/core'
import type { Ended } from '../plan/after-attempt.ts'
import { placeOf } from './place-of.ts'

/** How an attempt ended whose code threw. A version may have a copy of `Skip` of its own, so its name counts, too. */
export const endOf = (thrown: unknown): Ended =>
  thrown instanceof Skip || (thrown instanceof Error && thrown.name === 'SluiceSkip')
    ? { kind: 'skipped', reason: thrown.message }
    : { kind: 'threw', error: withPlace(toErrorRecord(thrown)) }

/** What the project's own code is at fault of names its line: the message of an engine, or of JavaScript, says nothing of it. */
function withPlace(error: ErrorRecord): ErrorRecord {
  if (!/^(?:task\.failed|definition\.|input\.)/.test(error.code)) return error
  const place = placeOf(error.stack)
  if (place === undefined) return error
  const next =
    error.next === undefined
      ? `Look at ${place}, where it was thrown; correct it and clear the task.`
      : `${error.next} It was thrown at ${place}.`
  return { ...error, next, facts: { ...error.facts, place } }
}
