import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Check } from '../steps/check.ts'
import type { Quality } from '../steps/quality.ts'
import type { Step } from '../steps/step.ts'
import { parentsFirst } from './parents-first.ts'
import { reaching } from './reaching.ts'
import type { Edge, Reason } from './reasons.ts'

function guardedBy(step: Step): readonly AnyDataset[] {
  if (step.kind === 'check') return (step as Check).otherwise === 'fail' ? (step as Check).on : []
  if (step.kind !== 'quality') return []
  const { on, checks, otherwise } = step as Quality
  return otherwise === 'fail' && checks.some(({ severity }) => severity === 'error') ? [on] : []
}

/** Steps by the ids of what they name, each list in the order of the steps. */
export function stepsBy(steps: readonly Step[], of: (step: Step) => readonly AnyDataset[]): ReadonlyMap<string, readonly Step[]> {
  const byId = new Map<string, Step[]>()
  for (const step of steps) {
    for (const id of new Set(of(step).map((each) => each.id))) {
      const known = byId.get(id)
      if (known === undefined) byId.set(id, [step])
      else known.push(step)
    }
  }
  return byId
}

/** Ids of the datasets that steps read or fill, sorted. */
export const datasetsOf = (steps: readonly Step[]): readonly string[] =>
  [...new Set(steps.flatMap(({ reads, fills }) => [...reads, ...fills].map(({ id }) => id)))].sort()

/**
 * What the steps of a pipeline wait for, and why: a need comes first; readers of a dataset come after those that fill it; readers that are
 * not checks come after the failing checks on it, unless the pipeline's order says that they come before; a step may read what it fills;
 * `after` and `order` count between steps that are here; who fills a dataset comes after those that fill what it refers to.
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
  const inOrder = reaching(edges.filter(({ reason }) => reason.by === 'order'))
  const [fillersOf, readersOf, guardsOf] = [
    stepsBy(steps, ({ fills }) => fills),
    stepsBy(steps, ({ reads }) => reads),
    stepsBy(steps, guardedBy),
  ]
  for (const id of datasetsOf(steps)) {
    const fillers = fillersOf.get(id) ?? []
    const readers = readersOf.get(id) ?? []
    const [fills, reads] = [new Set(fillers), new Set(readers)]
    for (const reader of readers) {
      for (const filler of fillers) {
        // Of two steps that read and fill one dataset neither comes first by the data: the pipeline says which.
        if (!(fills.has(reader) && reads.has(filler))) link(filler, reader, { by: 'data', dataset: id })
      }
      if (reader.kind === 'check' || reader.kind === 'quality') continue
      for (const check of guardsOf.get(id) ?? []) {
        if (!inOrder(reader.name, check.name)) link(check, reader, { by: 'check', dataset: id })
      }
    }
  }
  return [...edges, ...parentsFirst(fillersOf, edges)]
}
