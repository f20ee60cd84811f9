import type { PipelineSpec, TaskSpec } from '@sluice/author'
import { near, requestErrors } from '@sluice/core'

type Tasks = Pick<PipelineSpec, 'name'> & { readonly tasks: readonly Pick<TaskSpec, 'name' | 'needs'>[] }

/**
 * The tasks that a run of `only` these leaves out. Those whose output one of them takes are run too: it could not be without.
 * @throws `request.invalid` for no task, and for one that the pipeline does not have
 */
export function tasksLeftOut({ name: pipeline, tasks }: Tasks, only: readonly string[]): readonly string[] {
  const byName = new Map(tasks.map((task) => [task.name, task]))
  const known = [...byName.keys()]
  if (only.length === 0) throw refused(pipeline, `a run of ${pipeline} is to have no task`, known)
  const odd = only.find((name) => !byName.has(name))
  if (odd !== undefined) throw refused(pipeline, `${pipeline} has no task ${odd}`, near(odd, known), near(odd, known).length > 0)
  const kept = new Set<string>()
  const waiting = [...only]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue
    kept.add(name)
    waiting.push(...Object.values(byName.get(name)?.needs ?? {}))
  }
  return known.filter((name) => !kept.has(name))
}

const refused = (pipeline: string, what: string, names: readonly string[], isGuess = false) =>
  requestErrors.invalid(what, {
    facts: { pipeline },
    next: isGuess ? `Did you mean ${names.join(' or ')}?` : `See its tasks with: sluice tasks list ${pipeline}.`,
  })
