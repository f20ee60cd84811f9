import type { Step } from '../steps/step.ts'
import { type Edge, inWords } from './reasons.ts'

export interface Sorted {
  /** Each comes after those that it waits for; otherwise as they were listed. As listed, where there is a cycle. */
  readonly steps: readonly Step[]
  /** A cycle in words. */
  readonly cycle: string | undefined
}

/** Steps in topological order. */
export function sorted(steps: readonly Step[], edges: readonly Edge[]): Sorted {
  const waitsFor = Map.groupBy(edges, ({ to }) => to)
  const byName = new Map(steps.map((step) => [step.name, step]))
  const state = new Map<string, 'open' | 'done'>()
  const done: Step[] = []
  // Of the steps that are open, from the first: what is left of the edges of each. No recursion: a chain may be longer than the stack.
  const open: { readonly name: string; readonly left: Iterator<Edge> }[] = []
  const path: Edge[] = []
  const enter = (name: string): void => {
    state.set(name, 'open')
    open.push({ name, left: (waitsFor.get(name) ?? []).values() })
  }
  let cycle: string | undefined
  for (const { name } of steps) {
    if (cycle !== undefined) break
    if (state.get(name) === undefined) enter(name)
    for (let at = open.at(-1); at !== undefined && cycle === undefined; at = open.at(-1)) {
      const { value: edge } = at.left.next()
      if (edge === undefined) {
        state.set(at.name, 'done')
        const step = byName.get(at.name)
        if (step !== undefined) done.push(step)
        open.pop()
        path.pop()
      } else if (state.get(edge.from) === 'open') {
        const closed = [...path, edge]
        cycle = cycleOf(closed.slice(closed.findIndex(({ to }) => to === edge.from)))
      } else if (state.get(edge.from) === undefined) {
        path.push(edge)
        enter(edge.from)
      }
    }
  }
  return cycle === undefined ? { steps: done, cycle } : { steps, cycle }
}

/** Edges from each step to the one it waits for, as `a -> b (reads x) -> a (reads y)`. */
function cycleOf(round: readonly Edge[]): string {
  const forwards = round.toReversed()
  return `${forwards[0]?.from ?? ''}${forwards.map(({ to, reason }) => ` -> ${to} (${inWords(reason)})`).join('')}`
}
