import type { Edge } from './reasons.ts'

/** Whether one step is before another, by the edges. */
export function reaches(edges: readonly Edge[], from: string, to: string): boolean {
  const seen = new Set([from])
  for (const at of seen) for (const edge of edges) if (edge.from === at) seen.add(edge.to)
  return seen.has(to)
}
