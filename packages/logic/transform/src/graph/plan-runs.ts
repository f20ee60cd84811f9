import type { GraphNode, ModelGraph } from './graph.ts'
import { byText } from './in-order.ts'

/** A run of a part of a pipeline. */
export interface PlannedRun {
  readonly pipeline: string
  /** Names of its steps. */
  readonly tasks: readonly string[]
  /** Ids of the nodes that they are. */
  readonly nodes: readonly string[]
}

export interface RunsPlan {
  /** In order: each begins when the one before has ended well. */
  readonly runs: readonly PlannedRun[]
  /** What is meant and is not a step that is run: sources, tasks that read. */
  readonly left: readonly string[]
}

/**
 * Runs that bring the chosen models and loads up to date, with the checks that guard what they fill, in the order of the graph, also where
 * that leads through nodes that are not chosen. A node that stands in several pipelines is run in that which takes most of what can begin,
 * so that there are few runs. Pure.
 */
export function planRuns(graph: ModelGraph, chosen: readonly GraphNode[], { checks = true }: { readonly checks?: boolean } = {}): RunsPlan {
  const runnable = chosen.filter(({ kind }) => kind === 'model' || kind === 'load' || kind === 'check')
  const filled = new Set(runnable.flatMap(({ fills }) => fills))
  const guarding = graph.nodes.filter(({ kind, guards }) => checks && kind === 'check' && guards.some((id) => filled.has(id)))
  const wanted = new Map([...runnable, ...guarding].map((node) => [node.id, node]))
  const before = ancestorsWithin(graph, wanted)
  const runs: PlannedRun[] = []
  const done = new Set<string>()
  while (done.size < wanted.size) {
    const open = graph.nodes.filter(({ id }) => wanted.has(id) && !done.has(id))
    const pipelines = [...new Set(open.flatMap(({ steps }) => steps.map(({ pipeline }) => pipeline)))].sort(byText)
    const parts = pipelines.map((pipeline) => partOf(pipeline, open, before, done))
    const [largest] = parts.toSorted((a, b) => b.nodes.length - a.nodes.length)
    // A cycle between pipelines: each reads what the other filled before.
    const part =
      largest === undefined || largest.nodes.length === 0 ? partOf(pipelines[0] ?? '', open.slice(0, 1), new Map(), done) : largest
    if (part.nodes.length === 0) break
    runs.push(part)
    for (const id of part.nodes) done.add(id)
  }
  const left = chosen.filter(({ id }) => !wanted.has(id)).map(({ id }) => id)
  return { runs, left }
}

/** What of the open nodes a pipeline can run now: all that is above them is done, or comes before in the same run. */
function partOf(
  pipeline: string,
  open: readonly GraphNode[],
  before: ReadonlyMap<string, ReadonlySet<string>>,
  done: ReadonlySet<string>,
): PlannedRun {
  const taken = new Map<string, string>()
  for (const { id, steps } of open) {
    const step = steps.find((each) => each.pipeline === pipeline)
    if (step !== undefined && [...(before.get(id) ?? [])].every((each) => done.has(each) || taken.has(each))) taken.set(id, step.step)
  }
  return { pipeline, tasks: [...taken.values()], nodes: [...taken.keys()] }
}

/** Of each wanted node the wanted nodes above it, through whatever stands between. */
function ancestorsWithin(graph: ModelGraph, wanted: ReadonlyMap<string, GraphNode>): ReadonlyMap<string, ReadonlySet<string>> {
  const above = new Map(graph.nodes.map((node) => [node.id, node.above]))
  return new Map(
    [...wanted.keys()].map((id) => {
      const seen = new Set<string>()
      const waiting = [...(above.get(id) ?? [])]
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (seen.has(next) || next === id) continue
        seen.add(next)
        waiting.push(...(above.get(next) ?? []))
      }
      return [id, new Set([...seen].filter((each) => wanted.has(each)))]
    }),
  )
}
