import type { FactBase } from '@supabase/pg-delta'
import type { Encode, FactDelta } from './asked.ts'
import type { PgDelta } from './pg-delta.ts'
import { shownId } from './shown-id.ts'

/** What is to change beside the tables of datasets, a sentence each. @param isTold by the comparison of datasets already */
export function schemaSentences(changes: readonly FactDelta[], isTold: (delta: FactDelta) => boolean, encode: Encode): readonly string[] {
  // A part of a table that is new is told with it where both are one dataset; what stands on such a table is declared beside it.
  return outermost(
    changes.filter((delta) => !isTold(delta)),
    encode,
  ).map(schemaSentence)
}

function schemaSentence(delta: FactDelta): string {
  if (delta.verb === 'add') return `${shownId(delta.fact.id)} is declared in schema/ and no migration makes it`
  if (delta.verb === 'remove') return `${shownId(delta.fact.id)} is made by a migration and not declared any more`
  const [from, to] = both(delta.from, delta.to)
  return `${shownId(delta.id)}: ${delta.attr} is ${from} by the migrations, ${to} in schema/`
}

/** Kinds that nobody but migrations makes. Tables and views come from people and models, too. */
const ofMigrations = new Set([
  'function',
  'procedure',
  'type',
  'domain',
  'trigger',
  'policy',
  'rule',
  'constraint',
  'index',
  'column',
  'default',
])
const never = new Set(['acl', 'defaultPrivilege', 'role', 'membership', 'comment', 'extension', 'schema'])

/**
 * What somebody has changed by hand, object by object.
 * @param made what the applied migrations make
 * @param found in the database
 */
export function byHandSentences(library: PgDelta, made: FactBase, found: FactBase): readonly string[] {
  const changes = library.diff(made, found).filter((delta): delta is FactDelta => delta.verb !== 'link' && delta.verb !== 'unlink')
  return outermost(changes, library.encodeId).flatMap((delta) => {
    const id = delta.verb === 'set' ? delta.id : delta.fact.id
    if (never.has(id.kind)) return []
    if (delta.verb === 'remove') return [`${shownId(id)} is made by a migration and is not in the database`]
    if (delta.verb === 'set') {
      const [to, from] = both(delta.to, delta.from)
      return [`${shownId(id)}: ${delta.attr} is ${to} in the database, ${from} by the migrations`]
    }
    const isExtra = ofMigrations.has(id.kind) && made.has(delta.fact.parent ?? id)
    return isExtra ? [`${shownId(id)} is in the database and no migration makes it`] : []
  })
}

/** Without what comes and goes with another one. A schema has what is in it side by side. */
function outermost(changes: readonly FactDelta[], encode: Encode): readonly FactDelta[] {
  const ids = new Set(changes.flatMap((delta) => (delta.verb === 'set' ? [] : [encode(delta.fact.id)])))
  return changes.filter((delta) => {
    const parent = delta.verb === 'set' ? undefined : delta.fact.parent
    return parent === undefined || parent.kind === 'schema' || !ids.has(encode(parent))
  })
}

/** Two values as one line each; of long ones, what begins shortly before they differ. */
function both(a: unknown, b: unknown): readonly [string, string] {
  const [one, other] = [lineOf(a), lineOf(b)]
  let same = 0
  while (same < one.length && one[same] === other[same]) same++
  const from = Math.max(one.length, other.length) <= 80 ? 0 : Math.max(0, same - 20)
  const part = (line: string): string => `${from > 0 ? '...' : ''}${line.slice(from, from + 80)}${line.length > from + 80 ? '...' : ''}`
  return [part(one), part(other)]
}

const lineOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ').trim()
