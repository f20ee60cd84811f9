import type { Delta, Fact, StableId } from '@supabase/pg-delta'
import { isPlainIndex, plainDeed } from '../ddl/index-text.ts'
import { isNamedIndex } from '../ddl/names.ts'
import { listsValues } from '../drift/values-listed.ts'
import { tableOf } from './shown-id.ts'

/** What the code says, as far as it decides which differences of two catalogues are to be ended. */
export interface Declared {
  /** Tables that are datasets, as `schema.name`. */
  readonly tables: ReadonlySet<string>
  /** Constraints that list the values of a column of a dataset, as `schema.table.name`. */
  readonly listings: ReadonlySet<string>
  /** What the files of `schema/` make now. */
  readonly now: ReadonlySet<string>
  /** What they made when a migration was written last. */
  readonly before: ReadonlySet<string>
}

export type Encode = (id: StableId) => string
/** What is there or not, or differs in a trait. */
export type FactDelta = Exclude<Delta, { readonly verb: 'link' | 'unlink' }>

/** `view:shop.v`; a trait of a table that is there is `table:shop.things#rowSecurity`. */
export const subjectOf = (delta: FactDelta, encode: Encode): string =>
  delta.verb === 'set' ? `${encode(delta.id)}#${delta.attr}` : encode(delta.fact.id)

/**
 * Whether a difference between what the migrations make and what is declared is to be ended. What neither a dataset nor a file of `schema/`
 * can say stays as a migration has made it.
 */
export function isAsked(delta: FactDelta, { tables, listings, now, before }: Declared, encode: Encode): boolean {
  if (delta.verb === 'add') return true
  const subject = subjectOf(delta, encode)
  if (now.has(subject) || before.has(subject)) return true
  const table = tableOf(delta.verb === 'set' ? delta.id : delta.fact.id)
  if (delta.verb === 'remove') return isGone(delta.fact, table ?? tableOfIndex(delta.fact), { tables, listings })
  if (before.has(encode(delta.id)) || now.has(encode(delta.id))) return true
  return delta.id.kind === 'column' ? saidOfColumn.has(delta.attr) : saidOfTable.has(delta.id.kind)
}

/** The traits of a column that a dataset says. Collation, storage and statistics are a migration's. */
const saidOfColumn = new Set(['type', 'notNull', 'identity', 'generatedExpr'])
const saidOfTable: ReadonlySet<StableId['kind']> = new Set(['default', 'constraint', 'index', 'comment'])

const tableOfIndex = ({ id, parent }: Fact): string | undefined =>
  id.kind === 'index' && parent !== undefined ? tableOf(parent) : undefined

function isGone({ id, payload }: Fact, table: string | undefined, of: Pick<Declared, 'tables' | 'listings'>): boolean {
  if (table === undefined || !of.tables.has(table)) return false
  switch (id.kind) {
    case 'column':
    case 'default':
      return true
    case 'comment':
      return id.target.kind === 'table' || id.target.kind === 'column'
    case 'index':
      return isIndexOfDataset(id.name, String(payload.def))
    case 'constraint':
      return (
        isOfDataset(String(payload.type), String(payload.def)) ||
        (listsValues(String(payload.def)) && of.listings.has(`${id.schema}.${id.table}.${id.name}`))
      )
    default:
      return false
  }
}

/** Keys and references are the datasets'; one that counts nulls, and a check, are a migration's. */
export const isOfDataset = (type: string, def: string): boolean =>
  type === 'p' || type === 'f' || (type === 'u' && !/NULLS NOT DISTINCT/.test(def))

export const isIndexOfDataset = (name: string, def: string): boolean => isPlainIndex(def) || isNamedIndex(name)

/** What an index or a constraint does, whatever its name: where two do the same, the one that is there stays. */
export function deedOf({ id, parent, payload }: Fact): string | undefined {
  const def = String(payload.def)
  if (id.kind === 'constraint') return `${tableOf(id)} ${def}`
  if (id.kind !== 'index' || parent === undefined) return undefined
  return `${tableOf(parent)} ${plainDeed(def) ?? def.replace(/INDEX (?:"(?:[^"]|"")+"|\S+) ON/, 'INDEX ON')}`
}
