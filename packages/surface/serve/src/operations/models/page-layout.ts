import type { ModelsNode } from '../../services.ts'

type Linked = Pick<ModelsNode, 'id' | 'above'>

export interface Placed {
  readonly id: string
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly Placed[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly path: string }[]
}

export const box = { width: 200, height: 40 }
const gap = { x: 64, y: 16 }
const margin = 16
const rounds = 4

/**
 * Nodes in columns from left to right, each right of all that is above it, those of one column in the order of what they are linked with.
 * Pure. Of a cycle the edge that leads back is drawn, and gives no order.
 */
export function layoutOf(nodes: readonly Linked[]): Layout {
  const levels = levelsOf(nodes)
  const columns: string[][] = []
  for (const { id } of nodes) {
    const column = columns[levels.get(id) ?? 0] ?? []
    columns[levels.get(id) ?? 0] = column
    column.push(id)
  }
  const below = new Map<string, string[]>()
  for (const { id, above } of nodes) for (const each of above) below.set(each, [...(below.get(each) ?? []), id])
  const above = new Map(nodes.map((node) => [node.id, node.above]))
  for (let round = 0; round < rounds; round++) {
    const forth = round % 2 === 0
    for (const column of forth ? columns : columns.toReversed()) sortByNeighbours(column, forth ? above : below, placesIn(columns))
  }
  const tallest = Math.max(0, ...columns.map((column) => column?.length ?? 0))
  const placed = columns.flatMap((column, level) =>
    column.map(
      (id, at): Placed => ({
        id,
        x: margin + level * (box.width + gap.x),
        y: margin + (at + (tallest - column.length) / 2) * (box.height + gap.y),
      }),
    ),
  )
  const byId = new Map(placed.map((each) => [each.id, each]))
  const edges = nodes.flatMap(({ id: to, above }) =>
    above.flatMap((from) => {
      const [start, end] = [byId.get(from), byId.get(to)]
      return start === undefined || end === undefined ? [] : [{ from, to, path: curve(start, end) }]
    }),
  )
  return {
    width: 2 * margin + columns.length * (box.width + gap.x) - gap.x,
    height: 2 * margin + tallest * (box.height + gap.y) - gap.y,
    nodes: placed,
    edges,
  }
}

/** The nodes come in the order of the graph, so that one look at each is enough. */
function levelsOf(nodes: readonly Linked[]): ReadonlyMap<string, number> {
  const levels = new Map<string, number>()
  for (const { id, above } of nodes) levels.set(id, Math.max(0, ...above.map((each) => (levels.get(each) ?? -1) + 1)))
  return levels
}

const placesIn = (columns: readonly (readonly string[])[]): ReadonlyMap<string, number> =>
  new Map(columns.flatMap((column) => column.map((id, at) => [id, at - column.length / 2] as const)))

function sortByNeighbours(column: string[], next: ReadonlyMap<string, readonly string[]>, places: ReadonlyMap<string, number>): void {
  const middle = (id: string): number => {
    const found = (next.get(id) ?? []).flatMap((each) => places.get(each) ?? [])
    return found.length === 0 ? (places.get(id) ?? 0) : found.reduce((sum, each) => sum + each, 0) / found.length
  }
  const middles = new Map(column.map((id) => [id, middle(id)]))
  column.sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0))
}

function curve(from: Placed, to: Placed): string {
  const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2]
  const bend = Math.max(24, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}
