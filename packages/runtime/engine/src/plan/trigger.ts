import type { TriggerRule } from '@sluice/author'
import { unreachable } from '@sluice/core'
import type { TaskState } from '../api.ts'

/** How the tasks directly above one have ended so far. */
export interface Above {
  readonly upstream: number
  readonly ok: number
  /** failed, upstream_failed, cancelled */
  readonly bad: number
  readonly skipped: number
}

export type Decision = 'waiting' | 'queued' | 'skipped' | 'upstream_failed'

/**
 * The next state of a waiting task. It is decided as soon as no later outcome can change it: under `all_success` and `none_failed` one
 * failure above ends the task, under `one_failed` it starts it. With nothing above every rule lets the task run, as in Airflow. The result
 * depends on the outcomes, not on their order. `sluice.decide` is the same in SQL.
 */
export function decide(rule: TriggerRule, above: Above): Decision {
  const ended = above.ok + above.bad + above.skipped === above.upstream
  switch (rule) {
    case 'all_success':
      if (above.bad > 0) return 'upstream_failed'
      if (!ended) return 'waiting'
      return above.skipped > 0 ? 'skipped' : 'queued'
    case 'none_failed':
      if (above.bad > 0) return 'upstream_failed'
      return ended ? 'queued' : 'waiting'
    case 'one_failed':
      if (above.bad > 0 || above.upstream === 0) return 'queued'
      return ended ? 'skipped' : 'waiting'
    case 'all_done':
      return ended ? 'queued' : 'waiting'
    default:
      return unreachable(rule)
  }
}

/** Counts the states as `decide` takes them. */
export function countAbove(states: readonly TaskState[]): Above {
  const count = (...of: readonly TaskState[]): number => states.filter((state) => of.includes(state)).length
  return {
    upstream: states.length,
    ok: count('success'),
    bad: count('failed', 'upstream_failed', 'cancelled'),
    skipped: count('skipped'),
  }
}
