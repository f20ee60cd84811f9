import type { StepKind } from '@sluice/author'
import type { Store } from '@sluice/core'
import type { DeclaredDataset, DeclaredProject } from './declared.ts'
import { fingerprintOf } from './fingerprint.ts'
import { byText, inOrder } from './in-order.ts'

/** A step that reads or fills datasets, or a dataset that is read and that no model, load or reading task fills. */
export interface GraphNode {
  /** `model silver.assets`. */
  readonly id: string
  readonly kind: 'model' | 'load' | 'check' | 'task' | 'source'
  readonly name: string
  /** Where its rows are: of the first dataset that it fills, or reads. */
  readonly store: Store
  /** Relative to the project, with `/`; a source has none. */
  readonly file: string | null
  readonly description: string | null
  readonly owner: string | null
  /** Those of the datasets that it fills, or is, and of the pipelines that have it. */
  readonly tags: readonly string[]
  /** Ids of datasets. */
  readonly reads: readonly string[]
  readonly fills: readonly string[]
  /** Of a check: the datasets that it guards. */
  readonly guards: readonly string[]
  /** The steps of pipelines that it is. */
  readonly steps: readonly { readonly pipeline: string; readonly step: string }[]
  /** Ids of the nodes directly above, sorted. */
  readonly above: readonly string[]
  /** Another one where what is declared of it became another. */
  readonly fingerprint: string
}

export interface ModelGraph {
  readonly project: string
  readonly version: string
  /** Those above come before those below, as far as there is no cycle between pipelines; else by name. */
  readonly nodes: readonly GraphNode[]
}

type Unlinked = Omit<GraphNode, 'above'>

/** The graph of what a project declares. Pure. A step that stands in several pipelines is one node. */
export function graphOfProject(declared: DeclaredProject): ModelGraph {
  const steps = stepNodes(declared)
  const filled = new Set(steps.flatMap(({ fills }) => fills))
  const read = new Set(steps.flatMap(({ reads }) => reads))
  const sources = declared.datasets.filter(({ id }) => read.has(id) && !filled.has(id)).map((dataset) => sourceNode(declared, dataset))
  const fillers = new Map<string, string[]>()
  for (const { id, fills } of [...sources, ...steps])
    for (const dataset of fills) fillers.set(dataset, [...(fillers.get(dataset) ?? []), id])
  const nodes = [...sources, ...steps].map((node): GraphNode => {
    const above = node.kind === 'source' ? [] : node.reads.flatMap((dataset) => fillers.get(dataset) ?? [])
    return { ...node, above: [...new Set(above)].filter((id) => id !== node.id).sort(byText) }
  })
  return { project: declared.project, version: declared.version, nodes: inOrder(nodes) }
}

/** What only lands rows from outside is how its dataset is filled, not a node; neither is what waits, or deletes. */
const kinds: Readonly<Record<StepKind, 'model' | 'load' | 'check' | 'task' | undefined>> = {
  model: 'model',
  load: 'load',
  check: 'check',
  task: 'task',
  quality: 'task',
  sensor: 'task',
  pull: undefined,
  retain: undefined,
  backup: undefined,
}

function stepNodes(declared: DeclaredProject): readonly Unlinked[] {
  const nodes = new Map<string, Unlinked>()
  const datasets = new Map(declared.datasets.map((dataset) => [dataset.id, dataset]))
  for (const { name: pipeline, tags, tasks } of declared.pipelines) {
    for (const { name, kind, reads, fills, description } of tasks) {
      const of = kinds[kind]
      if (of === undefined || reads.length + (of === 'model' ? fills.length : 0) === 0) continue
      const { file, said, guards } = ownFacts(declared, of, name, fills)
      const known = nodes.get(keyOf(of, name, said))
      const step = { pipeline, step: name }
      const filled = fills.flatMap((id) => datasets.get(id) ?? [])
      nodes.set(keyOf(of, name, said), {
        id: known?.id ?? idOf(of, name, pipeline, nodes),
        kind: of,
        name,
        store: (fills[0] ?? reads[0] ?? '').startsWith('warehouse.') ? 'warehouse' : 'lake',
        file,
        description: known?.description ?? description,
        owner: filled[0]?.facts.owner ?? null,
        tags: union(known?.tags, tags, ...filled.map(({ facts }) => facts.tags)),
        reads: union(known?.reads, reads),
        fills: union(known?.fills, fills),
        guards,
        steps: [...(known?.steps ?? []), step],
        fingerprint: fingerprintOf({ said, into: filled.map(ofDataset) }),
      })
    }
  }
  return [...nodes.values()]
}

/** Two steps of one name that say different things are two nodes: those of later pipelines have the pipeline in their ids. */
const keyOf = (kind: string, name: string, said: unknown): string => JSON.stringify([kind, name, said])
const idOf = (kind: string, name: string, pipeline: string, nodes: ReadonlyMap<string, Unlinked>): string => {
  const id = `${kind} ${name}`
  return [...nodes.values()].some((node) => node.id === id) ? `${id} of ${pipeline}` : id
}

/** What a step says of itself beside its name, and where. */
function ownFacts(declared: DeclaredProject, kind: 'model' | 'load' | 'check' | 'task', name: string, fills: readonly string[]) {
  const nothing = { file: null, said: null, guards: [] }
  switch (kind) {
    case 'model': {
      const found = declared.models.find((each) => each.name === name && fills.includes(each.into))
      return found === undefined ? nothing : { file: found.file, said: [found.refresh, found.sql.parts], guards: [] }
    }
    case 'load': {
      const found = declared.loads.find((each) => each.name === name && fills.includes(each.into))
      return found === undefined ? nothing : { file: found.file, said: [found.mode, found.from, sorted(found.columns)], guards: [] }
    }
    case 'check': {
      const found = declared.checks.find((each) => each.name === name)
      return found === undefined ? nothing : { file: found.file, said: [found.message, found.sql.parts], guards: found.on }
    }
    default:
      return { ...nothing, said: fills }
  }
}

const sorted = (object: Readonly<Record<string, unknown>>) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))

function sourceNode({ pipelines }: DeclaredProject, dataset: DeclaredDataset): Unlinked {
  const { id, on, name, facts } = dataset
  return {
    id: `source ${name}`,
    kind: 'source',
    name,
    store: on,
    file: null,
    description: facts.description ?? null,
    owner: facts.owner ?? null,
    tags: facts.tags ?? [],
    reads: [],
    fills: [id],
    guards: [],
    steps: pipelines.flatMap(({ name: pipeline, tasks }) =>
      tasks.filter(({ fills, kind }) => kind !== 'retain' && fills.includes(id)).map((task) => ({ pipeline, step: task.name })),
    ),
    fingerprint: fingerprintOf(ofDataset(dataset)),
  }
}

const ofDataset = ({ id, columns, key, facts: { order, bodies, files, checks } }: DeclaredDataset) => ({
  id,
  columns: Object.entries(columns).map(([name, { type, notNull, oneOf }]) => [name, type, notNull, oneOf ?? null]),
  key,
  facts: [order ?? null, bodies ?? null, files ?? null, checks],
})

const union = (...lists: readonly (readonly string[] | undefined)[]): readonly string[] => [...new Set(lists.flatMap((list) => list ?? []))]
