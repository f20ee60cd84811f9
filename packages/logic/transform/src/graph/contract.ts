import { typeText } from '@sluice/author'
import type { NodeColumns } from './columns.ts'
import type { DeclaredDataset, DeclaredProject } from './declared.ts'
import type { ModelGraph } from './graph.ts'

/** A column that was declared otherwise before. `to` is null where it is not declared any more. */
export interface ChangedColumn {
  readonly dataset: string
  readonly column: string
  readonly from: string
  readonly to: string | null
}

/** What a changed column reaches. */
export interface Reach {
  readonly changed: ChangedColumn
  /** Ids of the nodes that name the column. */
  readonly users: readonly string[]
  /** Ids of the nodes below these that are made of it, and of the tasks that read what is. */
  readonly below: readonly string[]
}

/** Columns that are gone, or of another type, of datasets that both declare. Pure. */
export function changedColumns(before: DeclaredProject, now: DeclaredProject): readonly ChangedColumn[] {
  const declared = new Map(now.datasets.map((dataset) => [dataset.id, dataset]))
  return before.datasets.flatMap(({ id, columns }) => {
    const dataset = declared.get(id)
    if (dataset === undefined) return []
    return Object.entries(columns).flatMap(([column, { type }]) => {
      const [from, other] = [typeText(type), dataset.columns[column]]
      const to = other === undefined ? null : typeText(other.type)
      return from === to ? [] : [{ dataset: id, column, from, to }]
    })
  })
}

/** The project with the columns that it declared before as well: so that statements which still name these can be followed. Pure. */
export const withColumnsOf = (now: DeclaredProject, before: DeclaredProject): DeclaredProject => {
  const known = new Map(before.datasets.map((dataset) => [dataset.id, dataset]))
  return {
    ...now,
    datasets: now.datasets.map(
      (dataset): DeclaredDataset => ({ ...dataset, columns: { ...known.get(dataset.id)?.columns, ...dataset.columns } }),
    ),
  }
}

/**
 * Which nodes name a changed column, and which are made of it, through as many models and loads as there are. Columns are followed in the
 * case of engines, which fold it. Pure.
 */
export function reachOf(changed: ChangedColumn, { nodes }: ModelGraph, columns: ReadonlyMap<string, NodeColumns>): Reach {
  const made = new Set([lower(`${changed.dataset}.${changed.column}`)])
  const users = nodes.filter(({ id }) => columns.get(id)?.uses.some((each) => made.has(lower(each)))).map(({ id }) => id)
  const reached = new Set<string>()
  // The nodes come in the order of the graph; a cycle between pipelines takes a second look.
  for (let before = -1; before < made.size; ) {
    before = made.size
    for (const { id, fills } of nodes) {
      for (const { name, from } of columns.get(id)?.columns ?? []) {
        if (!from.some((each) => made.has(lower(each)))) continue
        for (const dataset of fills) made.add(lower(`${dataset}.${name}`))
        reached.add(id)
      }
      if (columns.get(id)?.uses.some((each) => made.has(lower(each)))) reached.add(id)
    }
  }
  const datasets = new Set([...made].map((column) => column.slice(0, column.lastIndexOf('.'))))
  const tasks = nodes.filter(({ kind, reads }) => kind === 'task' && reads.some((id) => datasets.has(lower(id)))).map(({ id }) => id)
  return { changed, users, below: [...new Set([...reached, ...tasks])].filter((id) => !users.includes(id)) }
}

const lower = (text: string): string => text.toLowerCase()
