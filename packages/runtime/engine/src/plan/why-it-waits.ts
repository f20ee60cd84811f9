import type { TaskRunSummary, TaskWait } from '../api.ts'

/** What a run and its tasks may wait for, as it stands now. */
export interface WaitFacts {
  /** By the clock of the database, which decides when a task may run. */
  readonly now: number
  readonly pipelinePaused: boolean
  readonly backfillPaused: boolean
  /** There was room for the run among those of its pipeline. */
  readonly admitted: boolean
  /** Runs of its pipeline that are under way. */
  readonly active: number
  /** Worker processes with a lease. */
  readonly workers: number
  /** By the name that its author gave it. */
  readonly pools: Readonly<Record<string, { readonly slots: number; readonly running: number }>>
}

type Waiting = Pick<TaskRunSummary, 'state' | 'runAt'> & { readonly pool: string | null }

/** What a task waits for: the first of what keeps it, from the outside in. `null` for one that runs or has ended. */
export function whyItWaits({ state, runAt, pool }: Waiting, facts: WaitFacts): TaskWait | null {
  if (state !== 'waiting' && state !== 'queued') return null
  if (facts.pipelinePaused) return { for: 'pipeline' }
  if (!facts.admitted) return facts.backfillPaused ? { for: 'backfill' } : { for: 'room', active: facts.active }
  if (state === 'waiting') return { for: 'tasks' }
  if (runAt !== null && runAt > facts.now) return { for: 'time', until: runAt }
  const of = pool === null ? undefined : facts.pools[pool]
  if (pool !== null && of !== undefined && of.running >= of.slots) return { for: 'pool', pool, ...of }
  return { for: 'worker', workers: facts.workers }
}
