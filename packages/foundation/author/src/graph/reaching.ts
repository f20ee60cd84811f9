import type { Edge } from './reasons.ts'

/** Asks whether one step is before another, by the edges. */
export function reaching(edges: readonly Edge[]): (from: string, to: string) => boolean {
  const below = Map.groupBy(edges, ({ from }) => from)
  return (from, to) => {
    const seen = new Set([from])
    for (const at of seen) {
      if (at === to) return true
      for (const edge of below.get(at) ?? []) seen.add(edge.to)
    }
    return false
  }
}
