import { type Duration, durationMs, type Instant } from '@sluice/core'

/** `never_written`: it says how fresh it has to be, and has no batch. `no_expectation`: it says nothing. */
export type FreshnessState = 'fresh' | 'late' | 'never_written' | 'no_expectation'

export interface Freshness {
  readonly state: FreshnessState
  /** From then on it is late, unless a newer batch comes. */
  readonly dueAt: Instant | null
  /** How long it has been late. */
  readonly lateMs: number | null
}

/** Whether the newest batch of a dataset is as young as its `fresh` asks: one of exactly that age still is. */
export function freshnessOf(fresh: Duration | undefined, newestBatchAt: Instant | null, now: Instant): Freshness {
  if (fresh === undefined) return { state: 'no_expectation', dueAt: null, lateMs: null }
  if (newestBatchAt === null) return { state: 'never_written', dueAt: null, lateMs: null }
  const dueAt = newestBatchAt + durationMs(fresh)
  return now > dueAt ? { state: 'late', dueAt, lateMs: now - dueAt } : { state: 'fresh', dueAt, lateMs: null }
}
