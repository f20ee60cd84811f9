import type { Instant } from '@sluice/core'

/** `starting` from its fork to its first heartbeat; `full` when it has asked to be replaced, since it may import no further version. */
export type WorkerStage = 'starting' | 'serving' | 'full' | 'draining'

export interface WorkerView {
  readonly slot: number
  readonly stage: WorkerStage
}

/** How often in a row the processes of a slot died without an attempt, and when the next one may start. */
export interface Backoff {
  readonly deaths: number
  readonly notBefore: Instant
}

export interface WorkerPlan {
  /** Slots that get a process now. */
  readonly start: readonly number[]
  /** Slots whose process takes no more tasks. */
  readonly drain: readonly number[]
  /** When a slot that waits may start; null when none waits. */
  readonly nextStart: Instant | null
}

/**
 * Keeps `count` processes alive; each serves every version, so none is taken from one version for another. An empty slot starts unless it
 * waits after deaths. A full process is replaced while nothing else is on its way: then one start at a time stands between two drains, and
 * a start that never succeeds costs no process that serves.
 */
export function assignWorkers(
  count: number,
  workers: readonly WorkerView[],
  backoffs: ReadonlyMap<number, Backoff>,
  now: Instant,
): WorkerPlan {
  const taken = new Set(workers.map(({ slot }) => slot))
  const empty = Array.from({ length: count }, (_, slot) => slot).filter((slot) => !taken.has(slot))
  const notBefore = (slot: number): Instant => backoffs.get(slot)?.notBefore ?? now
  const start = empty.filter((slot) => notBefore(slot) <= now)
  const waiting = empty.filter((slot) => notBefore(slot) > now).map(notBefore)
  const settled = empty.length === 0 && workers.every(({ stage }) => stage === 'serving' || stage === 'full')
  const full = workers.find(({ stage }) => stage === 'full')
  return { start, drain: settled && full !== undefined ? [full.slot] : [], nextStart: waiting.length === 0 ? null : Math.min(...waiting) }
}

/** How long a process serves the versions it has while tasks of others wait. */
const turnMs = 10_000

/**
 * Whether a process that may import no further version asks to be replaced, once tasks of another version wait: when it has nothing left
 * to do, or after its turn, so that a version whose work never ends does not keep the others waiting.
 */
export const asksToBeReplaced = (idle: boolean, servedMs: number): boolean => idle || servedMs >= turnMs

export interface Death {
  /** It was told to end, or had asked for it, and ended by itself. */
  readonly asTold: boolean
  /** Attempts that died with it: it did what it is for. */
  readonly attempts: number
  /** Since its first heartbeat; null when there was none. */
  readonly servedMs: number | null
}

/** A process that served as long as this without an attempt was idle, not broken. */
const healthyMs = 60_000
const mostMs = 10_000

/**
 * Each death without an attempt doubles the wait of its slot, whenever it comes: on a busy machine a start takes longer than any limit that
 * tells quick deaths from slow ones, and a start at once makes it busier.
 */
export function afterDeath(before: Backoff | undefined, { asTold, attempts, servedMs }: Death, now: Instant): Backoff | undefined {
  if (asTold || attempts > 0 || (servedMs ?? 0) >= healthyMs) return undefined
  const deaths = (before?.deaths ?? 0) + 1
  return { deaths, notBefore: now + Math.min(100 * 2 ** deaths, mostMs) }
}
