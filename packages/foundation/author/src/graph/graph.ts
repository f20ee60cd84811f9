import type { Fault } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Step } from '../steps/step.ts'
import { datasetsOf, edgesOf, fillsOf } from './edges.ts'
import { reaches } from './reaches.ts'
import type { Edge } from './reasons.ts'
import { sorted } from './sort.ts'
import { type PipelineSpec, taskSpec } from './specs.ts'

export interface PipelineGraph {
  readonly spec: PipelineSpec
  readonly steps: ReadonlyMap<string, Step>
  /** All that is wrong with it; a pipeline with faults is not run. */
  readonly faults: readonly Fault[]
}

/** Decides the order of a pipeline from what its steps read and fill. Pure; all faults at once. */
export function graphOf(pipeline: Pipeline): PipelineGraph {
  const placed = stepsOf(pipeline)
  const edges = edgesOf(pipeline, placed.steps)
  const { steps, cycle } = sorted(placed.steps, edges)
  const fault = (what: string, next: string): Fault => ({ where: `pipeline ${pipeline.name}`, what, next })
  const faults = [
    ...placed.twice.map((name) => fault(`two steps are named "${name}"`, 'Give each step of a pipeline its own name.')),
    ...strangersIn(pipeline, steps).map((name) =>
      fault(`order names "${name}", which is not among its steps`, 'Add it to steps, or take it out of order.'),
    ),
    ...(cycle === undefined ? [] : [fault(`a cycle: ${cycle}`, 'Take one of these references away, or split a step.')]),
    ...(cycle === undefined ? undecidedWriters(steps, edges).map((what) => fault(what, orderThem)) : []),
  ]
  const spec: PipelineSpec = {
    name: pipeline.name,
    description: pipeline.description ?? null,
    schedule: pipeline.schedule,
    catchup: pipeline.catchup,
    maxActiveRuns: pipeline.maxActiveRuns,
    tags: pipeline.tags,
    params: pipeline.params,
    notify: pipeline.notify,
    tasks: steps.map((step) => taskSpec(step, pipeline, edges)),
    edges,
    external: datasetsOf(steps).filter((id) => !steps.some((step) => step.kind !== 'retain' && fillsOf(step, id))),
  }
  return { spec: frozen(spec), steps: new Map(steps.map((step) => [step.name, step])), faults: frozen(faults) }
}

const orderThem = "Name one in the other's after, or both in the pipeline's order."

/** The steps listed and those whose output they take, each once; and the names that two of them have. */
function stepsOf(pipeline: Pipeline): { readonly steps: readonly Step[]; readonly twice: readonly string[] } {
  const byName = new Map<string, Step>()
  const twice = new Set<string>()
  const place = (step: Step): void => {
    const known = byName.get(step.name)
    if (known !== undefined) {
      if (known !== step) twice.add(step.name)
      return
    }
    byName.set(step.name, step)
    for (const needed of Object.values(step.needs)) place(needed)
  }
  for (const step of pipeline.steps) place(step)
  return { steps: [...byName.values()], twice: [...twice] }
}

function strangersIn(pipeline: Pipeline, steps: readonly Step[]): readonly string[] {
  const here = new Set(steps)
  return [...new Set(pipeline.order.flat(2).flatMap((step) => (here.has(step) ? [] : [step.name])))]
}

/** Pairs of steps that fill one dataset, of which nothing says which comes first. */
const undecidedWriters = (steps: readonly Step[], edges: readonly Edge[]): readonly string[] =>
  datasetsOf(steps).flatMap((id) => {
    const fillers = steps.filter((step) => fillsOf(step, id)).map(({ name }) => name)
    return fillers.flatMap((one, at) =>
      fillers
        .slice(at + 1)
        .filter((other) => !reaches(edges, one, other) && !reaches(edges, other, one))
        .map((other) => `"${one}" and "${other}" both fill ${id}, and nothing says which comes first`),
    )
  })
