interface Linked {
  readonly id: string
  readonly above: readonly string[]
}

/**
 * Those above before those below, and by id where nothing decides. Two pipelines may close a cycle, since each reads what the other has
 * filled before: the first of those that are left by id is then taken as if nothing stood above it.
 */
export function inOrder<N extends Linked>(nodes: readonly N[]): readonly N[] {
  const left = new Map(nodes.toSorted((a, b) => byText(a.id, b.id)).map((node) => [node.id, node]))
  const below = new Map<string, string[]>()
  const open = new Map<string, number>()
  for (const { id, above } of left.values()) {
    const there = above.filter((each) => left.has(each))
    open.set(id, there.length)
    for (const each of there) below.set(each, [...(below.get(each) ?? []), id])
  }
  const ordered: N[] = []
  let ready = [...left.keys()].filter((id) => open.get(id) === 0)
  while (left.size > 0) {
    const [first] = left.keys()
    const next: string[] = []
    for (const id of ready.length > 0 || first === undefined ? ready : [first]) {
      const node = left.get(id)
      if (node === undefined) continue
      left.delete(id)
      ordered.push(node)
      for (const each of below.get(id) ?? []) {
        open.set(each, (open.get(each) ?? 0) - 1)
        if (open.get(each) === 0) next.push(each)
      }
    }
    ready = next.sort(byText)
  }
  return ordered
}

/** Code unit by code unit, the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
