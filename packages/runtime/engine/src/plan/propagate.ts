import type { TaskSpec } from '@sluice/author'
import type { TaskState } from '../api.ts'
import { countAbove, decide } from './trigger.ts'

type Node = Pick<TaskSpec, 'name' | 'upstream' | 'rule'>

/**
 * The fixpoint of the trigger rules: every waiting task decided by the states above it, in topological order, so that one pass is enough.
 * What `sluice.settle` reaches step by step.
 */
export function propagate(tasks: readonly Node[], states: ReadonlyMap<string, TaskState>): ReadonlyMap<string, TaskState> {
  const result = new Map(states)
  for (const task of tasks) {
    if ((result.get(task.name) ?? 'waiting') !== 'waiting') continue
    result.set(task.name, decide(task.rule, countAbove(task.upstream.map((name) => result.get(name) ?? 'waiting'))))
  }
  return result
}

/** Where a run ends once no task is open; undefined before. Any failure is the run's: a clean-up that succeeds below hides none. */
export function runStateOf(states: Iterable<TaskState>, cancelled: boolean): 'success' | 'failed' | 'cancelled' | undefined {
  const all = [...states]
  if (all.some((state) => state === 'waiting' || state === 'queued' || state === 'running')) return undefined
  if (cancelled) return 'cancelled'
  return all.some((state) => state === 'failed' || state === 'upstream_failed') ? 'failed' : 'success'
}
