import type { TaskSpec } from '@sluice/author'
import type { TaskState } from '../api.ts'
import { countAbove, decide } from './trigger.ts'

type Node = Pick<TaskSpec, 'name' | 'upstream' | 'rule'>

/**
 * Decides every waiting task by the states above it. One pass in topological order reaches what `sluice.settle` reaches level by level.
 */
export function propagate(tasks: readonly Node[], states: ReadonlyMap<string, TaskState>): ReadonlyMap<string, TaskState> {
  const result = new Map(states)
  for (const task of tasks) {
    if ((result.get(task.name) ?? 'waiting') !== 'waiting') continue
    result.set(task.name, decide(task.rule, countAbove(task.upstream.map((name) => result.get(name) ?? 'waiting'))))
  }
  return result
}

/** The end of a run that has no open task; undefined before. A failure fails the run, whatever a clean-up below it does. */
export function runStateOf(states: Iterable<TaskState>, cancelled: boolean): 'success' | 'failed' | 'cancelled' | undefined {
  const all = [...states]
  if (all.some((state) => state === 'waiting' || state === 'queued' || state === 'running')) return undefined
  if (cancelled) return 'cancelled'
  return all.some((state) => state === 'failed' || state === 'upstream_failed') ? 'failed' : 'success'
}
