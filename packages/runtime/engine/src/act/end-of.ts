import { Skip } from '@sluice/author'
import { cutText, type ErrorRecord, errorLimits, type Mask, placeOf, toErrorRecord } from '@sluice/core'
import type { Ended } from '../plan/after-attempt.ts'

/** How an attempt ended whose code threw. A version may have a copy of `Skip` of its own, so its name counts, too. */
export function endOf(thrown: unknown, mask: Mask): Ended {
  const reason = reasonOfSkip(thrown)
  return reason === undefined
    ? { kind: 'threw', error: withPlace(toErrorRecord(thrown, undefined, mask)) }
    : { kind: 'skipped', reason: cutText(mask(reason), errorLimits.message) }
}

/** User code may throw anything, also what throws when it is looked at: that is not a skip. */
function reasonOfSkip(thrown: unknown): string | undefined {
  try {
    return thrown instanceof Skip || (thrown instanceof Error && thrown.name === 'SluiceSkip') ? String(thrown.message) : undefined
  } catch {
    return undefined
  }
}

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
