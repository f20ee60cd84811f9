import type { TaskSpec } from '@sluice/author'
import { notFound } from '@sluice/core'
import type { TaskState } from '../api.ts'

type Node = Pick<TaskSpec, 'name' | 'upstream'>

/** The task and, unless `only`, all below it, in topological order. @throws `not_found` */
export function tasksToClear(tasks: readonly Node[], task: string, only: boolean): readonly string[] {
  requireTask(tasks, task)
  if (only) return [task]
  const chosen = new Set([task])
  for (const { name, upstream } of tasks) if (upstream.some((above) => chosen.has(above))) chosen.add(name)
  return tasks.filter(({ name }) => chosen.has(name)).map(({ name }) => name)
}

/**
 * The tasks below one marked by hand that never ran because of the tasks above them. They are decided again; a task that ran keeps its
 * result.
 */
export function tasksToReconsider(
  tasks: readonly Node[],
  task: string,
  states: ReadonlyMap<string, { readonly state: TaskState; readonly attempt: number }>,
): readonly string[] {
  return tasksToClear(tasks, task, false).filter((name) => {
    const now = states.get(name)
    return name !== task && now !== undefined && (now.state === 'upstream_failed' || (now.state === 'skipped' && now.attempt === 0))
  })
}

export function requireTask(tasks: readonly Pick<TaskSpec, 'name'>[], task: string): void {
  if (tasks.some(({ name }) => name === task)) return
  throw notFound(`the run has no task ${task}`, {
    facts: { task },
    next: `Its tasks are: ${tasks.map(({ name }) => name).join(', ')}.`,
  })
}
