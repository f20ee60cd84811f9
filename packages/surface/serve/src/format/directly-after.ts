interface Placed {
  readonly name: string
  readonly upstream: readonly string[]
}

/**
 * What each task comes right after: without those that another task above it waits for anyway, since data gives many such edges that say
 * nothing to a reader. Tasks stand in topological order, as a pipeline has them.
 */
export function directlyAfter(tasks: readonly Placed[]): (task: Placed) => readonly string[] {
  const above = new Map<string, ReadonlySet<string>>()
  for (const { name, upstream } of tasks) above.set(name, new Set(upstream.flatMap((each) => [each, ...(above.get(each) ?? [])])))
  return ({ upstream }) => upstream.filter((one) => !upstream.some((other) => above.get(other)?.has(one)))
}
