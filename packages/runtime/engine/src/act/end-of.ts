import { Skip } from '@sluice/author'
import { toErrorRecord } from '@sluice/core'
import type { Ended } from '../plan/after-attempt.ts'

/** How an attempt ended whose code threw. A version may have a copy of `Skip` of its own, so its name counts, too. */
export const endOf = (thrown: unknown): Ended =>
  thrown instanceof Skip || (thrown instanceof Error && thrown.name === 'SluiceSkip')
    ? { kind: 'skipped', reason: thrown.message }
    : { kind: 'threw', error: toErrorRecord(thrown) }
