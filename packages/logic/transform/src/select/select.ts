import { near, requestErrors, type SluiceError, unreachable } from '@sluice/core'
import type { GraphNode, ModelGraph } from '../graph/graph.ts'
import { type Criterion, parseSelection, type Selection } from './parse.ts'

export interface Selecting {
  /** All of the graph where nothing is said. */
  readonly select?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  /** What `state:` compares with: fingerprints by node. */
  readonly before?: Fingerprints | undefined
}

/** Of another graph of the project: the version that runs, or a saved one. */
export type Fingerprints = ReadonlyMap<string, string>
export const fingerprintsOf = (nodes: readonly Pick<GraphNode, 'id' | 'fingerprint'>[]): Fingerprints =>
  new Map(nodes.map(({ id, fingerprint }) => [id, fingerprint]))

/**
 * The nodes of a graph that are meant, in its order: the union of what `select` says, less what `exclude` says. Pure.
 * @throws `request.invalid` for a selection that is not one, or in which something names nothing: a slip would run too little or too much
 */
export function selectedNodes(graph: ModelGraph, { select = [], exclude = [], before }: Selecting): readonly GraphNode[] {
  const world = worldOf(graph, before)
  const [meant, left] = [parseSelection(select), parseSelection(exclude)]
  const chosen = meant.length === 0 ? new Set(world.byId.keys()) : evaluated(meant, world)
  const out = evaluated(left, world)
  return graph.nodes.filter(({ id }) => chosen.has(id) && !out.has(id))
}

interface World {
  readonly nodes: readonly GraphNode[]
  readonly byId: ReadonlyMap<string, GraphNode>
  readonly below: ReadonlyMap<string, readonly string[]>
  readonly before: Fingerprints | undefined
}

function worldOf({ nodes }: ModelGraph, before: Fingerprints | undefined): World {
  const below = new Map<string, string[]>()
  for (const { id, above } of nodes) for (const each of above) below.set(each, [...(below.get(each) ?? []), id])
  return { nodes, byId: new Map(nodes.map((node) => [node.id, node])), below, before }
}

const evaluated = (selection: Selection, world: World): ReadonlySet<string> =>
  new Set(
    selection.flatMap((criteria) => {
      const [first = new Set<string>(), ...others] = criteria.map((criterion) => around(criterion, world))
      return [...first].filter((id) => others.every((other) => other.has(id)))
    }),
  )

/** The nodes of a criterion, with those above and below that it asks for. */
function around(criterion: Criterion, world: World): ReadonlySet<string> {
  const own = world.nodes.filter((node) => has(node, criterion, world)).map(({ id }) => id)
  if (own.length === 0 && criterion.method !== 'state') throw matchesNothing(criterion, world)
  const above = (id: string): readonly string[] => world.byId.get(id)?.above ?? []
  const below = (id: string): readonly string[] => world.below.get(id) ?? []
  if (criterion.around) return reached([...reached(own, below, Number.POSITIVE_INFINITY)], above, Number.POSITIVE_INFINITY)
  return new Set([...reached(own, above, criterion.above), ...reached(own, below, criterion.below)])
}

function reached(from: readonly string[], next: (id: string) => readonly string[], levels: number): ReadonlySet<string> {
  const found = new Set(from)
  let last = from
  for (let level = 0; level < levels && last.length > 0; level++) {
    last = [...new Set(last.flatMap(next))].filter((id) => !found.has(id))
    for (const id of last) found.add(id)
  }
  return found
}

function has(node: GraphNode, { method, value, text }: Criterion, { before }: World): boolean {
  const matches = matching(value)
  switch (method) {
    case 'name':
      return namesOf(node).some(matches)
    case 'source':
      return node.kind === 'source' && namesOf(node).some(matches)
    case 'tag':
      return node.tags.some(matches)
    case 'owner':
      return node.owner !== null && matches(node.owner)
    case 'kind':
      return matches(node.kind)
    case 'store':
      return matches(node.store)
    case 'pipeline':
      return node.steps.some(({ pipeline }) => matches(pipeline))
    case 'file':
      return node.file !== null && [node.file, node.file.slice(node.file.lastIndexOf('/') + 1)].some(matches)
    case 'path':
      return node.file !== null && pathsOf(node.file).some(matching(value.replace(/^\.\//, '').replace(/\/$/, '')))
    case 'state':
      return hasState(node, value, before, text)
    default:
      return unreachable(method)
  }
}

/**
 * What a name may be written as: `silver.assets`, `lake.silver.assets`, `assets`; and `silver` is all of that layer or schema. The part
 * before the first dot of a check or task is not a layer.
 */
function namesOf({ name, kind, fills }: GraphNode): readonly string[] {
  return [...new Set([name, ...(kind === 'model' || kind === 'source' ? datasetNames(fills) : [])])]
}

const datasetNames = (ids: readonly string[]): readonly string[] =>
  ids.flatMap((id) => {
    const [store = '', layer = '', table = ''] = id.split('.')
    return [id, `${layer}.${table}`, table, layer, `${store}.${layer}`]
  })

/** A file and the folders that it lies in. */
const pathsOf = (file: string): readonly string[] => file.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'))

const states = ['new', 'changed', 'unchanged'] as const

function hasState({ id, fingerprint }: GraphNode, value: string, before: Fingerprints | undefined, text: string): boolean {
  const state = states.find((each) => each === value)
  if (state === undefined) {
    const [meant = value === 'modified' ? 'changed' : undefined] = near(value, [...states])
    throw requestErrors.invalid(`select ${text}: ${value} is not a state`, {
      facts: { selection: text },
      next: meant === undefined ? `There are ${states.join(', ')}.` : `Did you mean state:${meant}?`,
    })
  }
  if (before === undefined) {
    throw requestErrors.invalid(`select ${text}: nothing of this project was published here, so that nothing can be compared`, {
      facts: { selection: text },
      next: 'Start the platform once (sluice start), or name a saved graph: --state lineage.json.',
    })
  }
  const known = before.get(id)
  if (state === 'new') return known === undefined
  return state === 'changed' ? known !== fingerprint : known === fingerprint
}

/** With `*`, `?` and `[a-z]`, as shells have them, over the whole value. */
function matching(pattern: string): (value: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (value) => value === pattern
  const source = pattern.replaceAll(/[\\^$.|+(){}]|\*|\?|\[!/g, (found) =>
    found === '*' ? '.*' : found === '?' ? '.' : found === '[!' ? '[^' : `\\${found}`,
  )
  let expression: RegExp
  try {
    expression = new RegExp(`^(?:${source})$`, 's')
  } catch {
    return (value) => value === pattern
  }
  return (value) => expression.test(value)
}

function matchesNothing({ method, value, text }: Criterion, { nodes }: World): SluiceError {
  const known = {
    name: nodes.flatMap(namesOf),
    source: nodes.filter(({ kind }) => kind === 'source').flatMap(namesOf),
    tag: nodes.flatMap(({ tags }) => tags),
    owner: nodes.flatMap(({ owner }) => owner ?? []),
    kind: nodes.map(({ kind }) => kind as string),
    store: nodes.map(({ store }) => store as string),
    pipeline: nodes.flatMap(({ steps }) => steps.map(({ pipeline }) => pipeline)),
    file: nodes.flatMap(({ file }) => file ?? []),
    path: nodes.flatMap(({ file }) => (file === null ? [] : pathsOf(file))),
    state: [],
  }[method]
  const names = [...new Set(known)].sort()
  const meant = near(value, names)
  const fills = method === 'name' ? nodes.filter((node) => datasetNames(node.fills).some(matching(value))) : []
  return requestErrors.invalid(`select ${text}: nothing has ${method === 'name' ? 'the name' : `the ${method}`} ${value}`, {
    facts: { selection: text, near: meant },
    next:
      fills.length > 0
        ? `A load or task fills ${value}, and is named by its own name: ${fills.map(({ name }) => name).join(' or ')}.`
        : meant.length > 0
          ? `Did you mean ${meant.join(' or ')}?`
          : names.length > 0 && names.length <= 20
            ? `There are ${names.join(', ')}.`
            : 'List what there is with: sluice models list.',
  })
}
