import { migrationErrors } from '@sluice/postgres'
import type { DependencyEdge, Fact, FactBase, StableId } from '@supabase/pg-delta'
import { type Declared, deedOf, type Encode, type FactDelta, isAsked } from './asked.ts'
import type { PgDelta } from './pg-delta.ts'
import { shownId } from './shown-id.ts'

export interface Wanted {
  /** What the database shall be. */
  readonly catalogue: FactBase
  /** Differences that end with it. */
  readonly asked: readonly FactDelta[]
}

/**
 * The catalogue that the next migration shall lead to: what is declared, with what the migrations before made and nobody can declare.
 * @param made by the migrations that there are
 * @param declared a catalogue in which the tables of datasets that differ are made anew, and lack what stood on them
 * @throws `migration.failed` where something that stays needs what goes
 */
export function wantedCatalogue(library: PgDelta, made: FactBase, declared: FactBase, of: Declared): Wanted {
  const encode = library.encodeId
  const deltas = library.diff(made, declared)
  const facts = new Map(declared.facts().map((fact) => [encode(fact.id), fact]))
  const edges = new Map(declared.edges.map((edge) => [edgeKey(edge, encode), edge]))
  const changes = deltas.filter((delta): delta is FactDelta => delta.verb !== 'link' && delta.verb !== 'unlink')
  const same = doingTheSame(changes, encode)
  const stays = (delta: FactDelta): boolean => (delta.verb !== 'set' && same.has(encode(delta.fact.id))) || !isAsked(delta, of, encode)
  const asked: FactDelta[] = []
  const kept = new Set<string>()
  for (const delta of changes) {
    if (!stays(delta)) {
      asked.push(delta)
      continue
    }
    if (delta.verb === 'set') {
      const key = encode(delta.id)
      const fact = facts.get(key)
      if (fact !== undefined) facts.set(key, { ...fact, payload: { ...fact.payload, [delta.attr]: delta.from } })
      kept.add(key)
    } else if (delta.verb === 'remove') {
      facts.set(encode(delta.fact.id), delta.fact)
      kept.add(encode(delta.fact.id))
    } else facts.delete(encode(delta.fact.id))
  }
  withoutOrphans(facts, encode)
  for (const delta of deltas) {
    if (delta.verb === 'unlink' && kept.has(encode(delta.edge.from))) edges.set(edgeKey(delta.edge, encode), delta.edge)
    if (delta.verb === 'link' && kept.has(encode(delta.edge.from))) edges.delete(edgeKey(delta.edge, encode))
  }
  const whole: DependencyEdge[] = []
  for (const edge of edges.values()) {
    const [from, to] = [facts.get(encode(edge.from)), facts.get(encode(edge.to))]
    if (from !== undefined && to !== undefined) whole.push(edge)
    else if (from !== undefined && edge.kind === 'depends' && kept.has(encode(edge.from)) && made.has(edge.to)) {
      if (!goesWithColumn.has(edge.from.kind)) throw needed(edge)
      facts.delete(encode(edge.from))
    }
  }
  withoutOrphans(facts, encode)
  const isWhole = ({ from, to }: DependencyEdge): boolean => facts.has(encode(from)) && facts.has(encode(to))
  return {
    catalogue: library.buildFactBase([...facts.values()], whole.filter(isWhole)),
    asked: asked.filter((delta) => isReal(delta, facts, encode)),
  }
}

/** PostgreSQL lets these go with a column that they name. */
const goesWithColumn: ReadonlySet<StableId['kind']> = new Set(['index', 'constraint', 'default', 'comment', 'acl', 'column'])

const isReal = (delta: FactDelta, facts: ReadonlyMap<string, Fact>, encode: Encode): boolean =>
  delta.verb === 'set' || facts.has(encode(delta.fact.id)) === (delta.verb === 'add')

const edgeKey = ({ from, to, kind }: DependencyEdge, encode: Encode): string => `${encode(from)} ${kind} ${encode(to)}`

/** Of an index or a constraint that is gone and one that has come: both, where they do the same under two names. */
function doingTheSame(changes: readonly FactDelta[], encode: Encode): ReadonlySet<string> {
  const same = new Set<string>()
  const gone = new Map<string, Fact>()
  for (const delta of changes) {
    const deed = delta.verb === 'remove' ? deedOf(delta.fact) : undefined
    if (deed !== undefined && delta.verb === 'remove') gone.set(deed, delta.fact)
  }
  for (const delta of changes) {
    const deed = delta.verb === 'add' ? deedOf(delta.fact) : undefined
    const other = deed === undefined ? undefined : gone.get(deed)
    if (other === undefined || delta.verb !== 'add' || deed === undefined) continue
    same.add(encode(other.id)).add(encode(delta.fact.id))
    gone.delete(deed)
  }
  return same
}

function withoutOrphans(facts: Map<string, Fact>, encode: Encode): void {
  for (let before = -1; before !== facts.size; ) {
    before = facts.size
    for (const [key, { parent }] of facts) if (parent !== undefined && !facts.has(encode(parent))) facts.delete(key)
  }
}

const needed = ({ from, to }: DependencyEdge) =>
  migrationErrors.failed(`${shownId(from)} needs ${shownId(to)}, which is not declared any more`, {
    next: `Declare ${shownId(to)} again, or drop ${shownId(from)} by a migration first.`,
  })
