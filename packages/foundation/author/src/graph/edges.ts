import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Check } from '../steps/check.ts'
import type { Step } from '../steps/step.ts'
import { reaches } from './reaches.ts'
import type { Edge, Reason } from './reasons.ts'

const readsOf = (step: Step, id: string): boolean => step.reads.some((each) => each.id === id)
export const fillsOf = (step: Step, id: string): boolean => step.fills.some((each) => each.id === id)
const guards = (step: Step, id: string): boolean =>
  step.kind === 'check' && (step as Check).otherwise === 'fail' && (step as Check).on.some((each) => each.id === id)

/** Ids of the datasets that steps read or fill, sorted. */
export const datasetsOf = (steps: readonly Step[]): readonly string[] =>
  [...new Set(steps.flatMap(({ reads, fills }) => [...reads, ...fills].map(({ id }) => id)))].sort()

/**
 * What the steps of a pipeline wait for, and why: a need comes first; readers of a dataset come after those that fill it; readers that are
 * not checks come after the failing checks on it, unless the pipeline's order says that they come before; a step may read what it fills;
 * `after` and `order` count between steps that are here.
 */
export function edgesOf(pipeline: Pipeline, steps: readonly Step[]): readonly Edge[] {
  const here = new Set(steps)
  const edges: Edge[] = []
  const link = (from: Step, to: Step, reason: Reason): void => {
    if (from !== to && here.has(from) && here.has(to)) edges.push({ from: from.name, to: to.name, reason })
  }
  for (const step of steps) {
    for (const [input, needed] of Object.entries(step.needs)) link(needed, step, { by: 'needs', input })
    for (const before of step.after) link(before, step, { by: 'after' })
  }
  for (const chain of pipeline.order) {
    for (const [at, stage] of chain.entries()) {
      for (const before of chain[at - 1] ?? []) for (const step of stage) link(before, step, { by: 'order' })
    }
  }
  const ordered = edges.filter(({ reason }) => reason.by === 'order')
  for (const id of datasetsOf(steps)) {
    const fillers = steps.filter((step) => fillsOf(step, id))
    const checks = steps.filter((step) => guards(step, id))
    for (const reader of steps.filter((step) => readsOf(step, id))) {
      for (const filler of fillers) {
        // Of two steps that read and fill one dataset neither comes first by the data: the pipeline says which.
        if (!(fillsOf(reader, id) && readsOf(filler, id))) link(filler, reader, { by: 'data', dataset: id })
      }
      if (reader.kind === 'check') continue
      for (const check of checks) if (!reaches(ordered, reader.name, check.name)) link(check, reader, { by: 'check', dataset: id })
    }
  }
  return edges
}
