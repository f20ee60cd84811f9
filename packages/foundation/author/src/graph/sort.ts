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
  const path: Edge[] = []
  let cycle: string | undefined
  const visit = (name: string): void => {
    if (cycle !== undefined || state.get(name) === 'done') return
    if (state.get(name) === 'open') {
      cycle = cycleOf(path.slice(path.findIndex(({ to }) => to === name)))
      return
    }
    state.set(name, 'open')
    for (const edge of waitsFor.get(name) ?? []) {
      path.push(edge)
      visit(edge.from)
      path.pop()
    }
    state.set(name, 'done')
    const step = byName.get(name)
    if (step !== undefined) done.push(step)
  }
  for (const { name } of steps) visit(name)
  return cycle === undefined ? { steps: done, cycle } : { steps, cycle }
}

/** Edges from each step to the one it waits for, as `a -> b (reads x) -> a (reads y)`. */
function cycleOf(round: readonly Edge[]): string {
  const forwards = round.toReversed()
  return `${forwards[0]?.from ?? ''}${forwards.map(({ to, reason }) => ` -> ${to} (${inWords(reason)})`).join('')}`
}
