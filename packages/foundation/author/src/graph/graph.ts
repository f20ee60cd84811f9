import type { Fault } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { mayOverlap } from '../pipeline/active-runs.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Step } from '../steps/step.ts'
import { batchesOf } from './batches.ts'
import { datasetsOf, edgesOf, stepsBy } from './edges.ts'
import { reaching } from './reaching.ts'
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
  const written = new Set(steps.filter(({ kind }) => kind !== 'retain').flatMap(({ fills }) => fills.map(({ id }) => id)))
  const edgesTo = Map.groupBy(edges, ({ to }) => to)
  const fault = (at: string, what: string, next: string): Fault => ({ where: `pipeline ${pipeline.name}`, at, what, next })
  const faults = [
    ...placed.twice.map((name) => fault(name, `two steps are named "${name}"`, 'Give each step of a pipeline its own name.')),
    ...strangersIn(pipeline, steps).map((name) =>
      fault(name, `order names "${name}", which is not among its steps`, 'Add it to steps, or take it out of order.'),
    ),
    ...(cycle === undefined
      ? []
      : [fault(cycle.split(' ')[0] ?? '', `a cycle: ${cycle}`, 'Take one of these references away, or split a step.')]),
    ...overlapping(pipeline, steps, written).map(([at, id]) =>
      fault(
        at,
        `"${at}" takes the batches of ${id}, which other pipelines write, and its runs overlap: two of them would take the same`,
        'Set maxActiveRuns: 1.',
      ),
    ),
    ...(cycle === undefined ? undecidedWriters(steps, edges).map(({ at, what }) => fault(at, what, orderThem)) : []),
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
    tasks: steps.map((step) => taskSpec(step, pipeline, edgesTo.get(step.name) ?? [])),
    edges,
    external: datasetsOf(steps).filter((id) => !written.has(id)),
  }
  return { spec: frozen(spec), steps: new Map(steps.map((step) => [step.name, step])), faults: frozen(faults) }
}

const orderThem = "Name one in the other's after, or both in the pipeline's order."

/** The steps listed and those whose output they take, each once; and the names that two of them have. */
function stepsOf(pipeline: Pipeline): { readonly steps: readonly Step[]; readonly twice: readonly string[] } {
  const byName = new Map<string, Step>()
  const twice = new Set<string>()
  // What a step needs comes right behind it. No recursion: a chain may be longer than the stack.
  const waiting = pipeline.steps.toReversed()
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const known = byName.get(step.name)
    if (known === undefined) {
      byName.set(step.name, step)
      waiting.push(...Object.values(step.needs).reverse())
    } else if (known !== step) twice.add(step.name)
  }
  return { steps: [...byName.values()], twice: [...twice] }
}

function strangersIn(pipeline: Pipeline, steps: readonly Step[]): readonly string[] {
  const here = new Set(steps)
  return [...new Set(pipeline.order.flat(2).flatMap((step) => (here.has(step) ? [] : [step.name])))]
}

/** Pairs of steps that fill one dataset, of which nothing says which comes first. */
function undecidedWriters(steps: readonly Step[], edges: readonly Edge[]): readonly Pick<Fault, 'at' | 'what'>[] {
  const before = reaching(edges)
  const fillersOf = stepsBy(steps, ({ fills }) => fills)
  return datasetsOf(steps).flatMap((id) => {
    // In topological order: none of them is before an earlier one. Where each is before the next, each is before all that follow.
    const fillers = (fillersOf.get(id) ?? []).map(({ name }) => name)
    if (fillers.every((name, at) => at === 0 || before(fillers[at - 1] ?? '', name))) return []
    return fillers.flatMap((one, at) =>
      fillers
        .slice(at + 1)
        .filter((other) => !before(one, other))
        .map((other) => ({ at: other, what: `"${one}" and "${other}" both fill ${id}, and nothing says which comes first` })),
    )
  })
}

/** Steps of a pipeline with overlapping runs that take batches which wait for them, with the dataset. */
const overlapping = (
  { maxActiveRuns }: Pipeline,
  steps: readonly Step[],
  written: ReadonlySet<string>,
): readonly (readonly [string, string])[] =>
  !mayOverlap(maxActiveRuns)
    ? []
    : steps.flatMap((step) =>
        batchesOf(step)
          .filter((id) => !written.has(id))
          .map((id) => [step.name, id] as const),
      )
