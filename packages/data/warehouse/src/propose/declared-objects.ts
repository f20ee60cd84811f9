import type { Fact, FactBase, StableId } from '@supabase/pg-delta'
import { splitTableName } from '../ddl/names.ts'
import type { TableShape } from '../ddl/shape.ts'
import { type Encode, isIndexOfDataset, isOfDataset, subjectOf } from './asked.ts'
import type { PgDelta } from './pg-delta.ts'
import { tableOf } from './shown-id.ts'

/** The traits of a table as `create table` leaves them. */
const plainTraits: Readonly<Record<string, unknown>> = {
  persistence: 'p',
  rowSecurity: false,
  forceRowSecurity: false,
  replicaIdentity: 'd',
  replicaIdentityIndex: null,
  reloptions: null,
}

/** What the migrations make without what the files of `schema/` have made before, and without what stands on that. */
export function withoutDeclared(library: PgDelta, made: FactBase, before: ReadonlySet<string>): FactBase {
  if (before.size === 0) return made
  const { encodeId } = library
  const out = new Set<string>()
  const leave = (id: StableId): void => {
    const key = encodeId(id)
    if (out.has(key) || !made.has(id)) return
    out.add(key)
    for (const child of made.childrenOf(id)) leave(child.id)
    for (const { kind, from } of made.incomingEdges(id)) if (kind === 'depends') leave(from)
  }
  for (const { id } of made.facts()) if (before.has(encodeId(id))) leave(id)
  const facts = made.facts().flatMap((fact) => (out.has(encodeId(fact.id)) ? [] : [plainAgain(fact, before, encodeId)]))
  return library.buildFactBase(
    facts,
    made.edges.filter(({ from, to }) => !out.has(encodeId(from)) && !out.has(encodeId(to))),
  )
}

function plainAgain(fact: Fact, before: ReadonlySet<string>, encode: Encode): Fact {
  if (fact.id.kind !== 'table') return fact
  const traits = Object.keys(plainTraits).filter((trait) => before.has(`${encode(fact.id)}#${trait}`))
  return traits.length === 0
    ? fact
    : { ...fact, payload: { ...fact.payload, ...Object.fromEntries(traits.map((trait) => [trait, plainTraits[trait] as never])) } }
}

/**
 * What the files of `schema/` make: what has come, and is not a part of a dataset.
 * @param rest before they were run, and the tables of datasets made
 */
export function declaredNow(
  library: PgDelta,
  rest: FactBase,
  declared: FactBase,
  shapes: ReadonlyMap<string, TableShape>,
): ReadonlySet<string> {
  const { encodeId } = library
  const now = new Set<string>()
  for (const delta of library.diff(rest, declared)) {
    if (delta.verb === 'add' && !isPartOf(shapes, delta.fact)) now.add(encodeId(delta.fact.id))
    if (delta.verb !== 'set') continue
    const isOfTable = delta.id.kind === 'table' && shapes.has(tableOf(delta.id) ?? '')
    if (isOfTable ? plainTraits[delta.attr] !== delta.to : !partsOfTable.has(delta.id.kind)) now.add(subjectOf(delta, encodeId))
  }
  return now
}

const partsOfTable: ReadonlySet<StableId['kind']> = new Set(['column', 'default', 'constraint', 'index'])

/** Whether an object is what a dataset says. */
export function isPartOf(datasets: ReadonlyMap<string, TableShape>, { id, parent, payload }: Fact): boolean {
  if (id.kind === 'schema') return datasets.keys().some((name) => splitTableName(name).schema === id.name)
  const shape = datasets.get(tableOf(id) ?? (parent === undefined ? '' : (tableOf(parent) ?? '')))
  if (shape === undefined) return false
  switch (id.kind) {
    case 'table':
    case 'column':
    case 'default':
      return true
    case 'comment':
      return id.target.kind === 'table' || id.target.kind === 'column'
    case 'index':
      return isIndexOfDataset(id.name, String(payload.def))
    case 'constraint':
      return isOfDataset(String(payload.type), String(payload.def)) || listingsOf(shape).includes(id.name)
    default:
      return false
  }
}

/** The constraints of a dataset that are neither its key nor a reference. */
export const listingsOf = ({ objects, named }: TableShape): readonly string[] =>
  objects.flatMap((object) => {
    const name = named[object]?.name
    return name == null ? [] : [name]
  })
