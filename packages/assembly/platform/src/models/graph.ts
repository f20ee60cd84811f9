import { typeText } from '@sluice/author'
import { closeBegun, once } from '@sluice/process'
import type { ModelsGraph, ModelsNode } from '@sluice/serve'
import {
  authoredSql,
  columnsOfGraph,
  type DeclaredProject,
  fingerprintsOf,
  type GraphNode,
  graphOfProject,
  type NodeColumns,
  selectedNodes,
  sqlOf,
} from '@sluice/transform'
import { openLineageCache } from './lineage-cache.ts'
import { publishedBefore } from './published.ts'

export interface Asked {
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  /** Fingerprints of a saved graph, by node. The version that was published before unless given. */
  readonly before?: Readonly<Record<string, string>> | undefined
}

/** The chosen part of the graph of a project, with the columns of its nodes. @throws `request.invalid` for what is not a selection */
export async function modelsGraph(stateDir: string, declared: DeclaredProject, asked: Asked): Promise<ModelsGraph> {
  const graph = graphOfProject(declared)
  const before = await fingerprintsBefore(stateDir, declared, asked)
  const chosen = selectedNodes(graph, { ...asked, before })
  const columns = await lineageOf(stateDir, declared)
  const stateOf = ({ id, fingerprint }: GraphNode): ModelsNode['state'] =>
    before === undefined ? null : !before.has(id) ? 'new' : before.get(id) === fingerprint ? 'unchanged' : 'changed'
  return {
    project: declared.project,
    version: declared.version,
    nodes: chosen.map((node) => ({ ...node, state: stateOf(node), ...contentsOf(node, declared, columns.get(node.id)) })),
  }
}

export async function fingerprintsBefore(stateDir: string, declared: DeclaredProject, { before }: Pick<Asked, 'before'>) {
  if (before !== undefined) return new Map(Object.entries(before))
  const published = await publishedBefore(stateDir, declared.project, declared.version)
  return published === undefined ? undefined : fingerprintsOf(graphOfProject(published).nodes)
}

/** @throws `request.invalid` for what is not a selection */
export async function chosenNodes(stateDir: string, declared: DeclaredProject, asked: Asked): Promise<readonly GraphNode[]> {
  return selectedNodes(graphOfProject(declared), { ...asked, before: await fingerprintsBefore(stateDir, declared, asked) })
}

/** Column lineage by node. DuckDB is loaded only where a statement was never seen. */
export async function lineageOf(stateDir: string, declared: DeclaredProject): Promise<ReadonlyMap<string, NodeColumns>> {
  const cache = await openLineageCache(stateDir, declared.project)
  const duckdb = once(async () => (await import('@sluice/duckdb')).openDuckDB({ threads: 1 }))
  try {
    const found = await columnsOfGraph(graphOfProject(declared), declared, { parser: async () => await (await duckdb()).connect(), cache })
    await cache.keep()
    return found
  } finally {
    await closeBegun(duckdb)
  }
}

/** What a node holds: its SQL, and the columns that it fills with what they are made of. */
function contentsOf(
  node: GraphNode,
  declared: DeclaredProject,
  made: NodeColumns | undefined,
): Omit<ModelsNode, keyof GraphNode | 'state'> {
  const [filled] = node.fills
  const columns = Object.entries(declared.datasets.find(({ id }) => id === filled)?.columns ?? {})
  const sql = sqlOf(node, declared)
  return {
    refresh: declared.models.find(({ name, into }) => node.kind === 'model' && name === node.name && into === filled)?.refresh ?? null,
    sql: sql === undefined ? null : authoredSql(sql),
    followed: made?.followed ?? node.kind === 'source',
    columns: columns.map(([name, { type, comment, notNull, personal }]) => ({
      name,
      type: typeText(type),
      notNull,
      personal,
      comment: comment ?? null,
      from: made?.columns.find((each) => each.name.toLowerCase() === name.toLowerCase())?.from ?? [],
    })),
    uses: made?.uses ?? [],
  }
}
