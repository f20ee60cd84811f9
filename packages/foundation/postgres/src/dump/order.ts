import type { Item, Section } from './item.ts'

/** One object of the catalogue that needs another. */
export interface Edge {
  readonly of: string
  readonly on: string
}

const sections: readonly Section[] = ['before', 'after', 'grants', 'last']

/**
 * Items in an order in which each comes after those that it needs; beside that, in the order in which they were given, section by section.
 * One that needs something of a later section moves there: a view that groups by a key needs the key. Pure.
 */
export function inOrder(items: readonly Item[], edges: readonly Edge[]): readonly Item[] {
  const byId = new Map(items.flatMap((item) => [item.id, ...(item.alias ?? [])].map((id) => [id, item] as const)))
  const needs = new Map<Item, Set<Item>>(items.map((item) => [item, new Set()]))
  const link = (item: Item | undefined, on: Item | undefined): void => {
    if (item === undefined || on === undefined || item === on) return
    if (item.ignores === 'tables' && on.kind === 'table') return
    needs.get(item)?.add(on)
  }
  for (const { of, on } of edges) link(byId.get(of), byId.get(on))
  for (const item of items) for (const id of item.needs ?? []) link(item, byId.get(id))

  const sorted = sectionsMoved(walked(items, needs), needs)
  return sections.flatMap((section) =>
    walked(
      sorted.filter((item) => item.section === section),
      needs,
    ).filter((item) => item.section === section),
  )
}

/** Depth first. Of a circle, which the server breaks with a statement of its own, the first given comes last. */
function walked(items: readonly Item[], needs: ReadonlyMap<Item, ReadonlySet<Item>>): Item[] {
  const [done, open] = [new Set<Item>(), new Set<Item>()]
  const among = new Set(items)
  const order: Item[] = []
  const visit = (item: Item): void => {
    if (done.has(item) || open.has(item) || !among.has(item)) return
    open.add(item)
    for (const on of needs.get(item) ?? []) visit(on)
    open.delete(item)
    done.add(item)
    order.push(item)
  }
  for (const item of items) visit(item)
  return order
}

function sectionsMoved(order: readonly Item[], needs: Map<Item, Set<Item>>): Item[] {
  const moved = new Map<Item, Item>()
  for (const item of order) {
    const on = [...(needs.get(item) ?? [])].map((each) => moved.get(each) ?? each)
    const latest = Math.max(sections.indexOf(item.section), ...on.map(({ section }) => sections.indexOf(section)))
    const section = sections[latest] ?? item.section
    const kept = section === item.section ? item : { ...item, section }
    moved.set(item, kept)
    needs.set(kept, new Set(on))
  }
  return order.map((item) => moved.get(item) ?? item)
}
