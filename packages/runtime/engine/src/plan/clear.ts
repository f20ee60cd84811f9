import type { TaskSpec } from '@sluice/author'
import { notFound, requestErrors } from '@sluice/core'
import type { TaskState } from '../api.ts'

type Node = Pick<TaskSpec, 'name' | 'upstream'>

/** The task and, unless `only`, all below it, in topological order. The task is one of them. */
export function tasksToClear(tasks: readonly Node[], task: string, only: boolean): readonly string[] {
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

/** @throws `not_found` */
export function requireTask(names: readonly string[], task: string): void {
  if (names.includes(task)) return
  throw notFound(`the run has no task ${task}`, { facts: { task }, next: `Its tasks are: ${names.join(', ')}.` })
}

/**
 * A task that can be changed by hand. A run that was cleared goes on with the newest version of its pipeline; tasks that this one lacks
 * stay in the run with their history, and nothing can run them.
 * @param tasks of the version of the run
 * @param names of all tasks that the run has
 * @throws `not_found`, and `request.invalid` for a task that is only history
 */
export function requireDeclared(tasks: readonly Pick<TaskSpec, 'name'>[], names: readonly string[], task: string): void {
  if (tasks.some(({ name }) => name === task)) return
  requireTask(names, task)
  throw requestErrors.invalid(`the version of the run has no task ${task} any more: it stays in the run as history`, {
    facts: { task },
    next: `These can be changed: ${tasks.map(({ name }) => name).join(', ')}.`,
  })
}
