import type { Columns, DriftPolicies } from '@sluice/author'
import { near } from '@sluice/core'
import { batchColumn } from '@sluice/lake'

/** What has happened to the columns of a file, in words of the dataset where there are such. JSON: it stands in receipts. */
export type DriftEvent =
  | { readonly event: 'new'; readonly column: string; readonly policy: string }
  | { readonly event: 'missing'; readonly column: string; readonly policy: string }
  | {
      readonly event: 'renamed'
      readonly column: string
      readonly from: string
      readonly by: 'name' | 'place' | 'column'
      readonly policy: string
    }
  | { readonly event: 'retyped'; readonly column: string; readonly values: number; readonly misfits: number; readonly policy: string }
  | { readonly event: 'retyped'; readonly column: string; readonly is: string; readonly policy: string }

/** How the columns of a file fill those of a dataset. */
export interface ColumnMap {
  /** Column of the dataset -> that of the file. One that is not here is null. */
  readonly from: ReadonlyMap<string, string>
  /** Columns that the table gets as texts -> those of the file. */
  readonly added: ReadonlyMap<string, string>
  readonly drift: readonly DriftEvent[]
  /** Two names that are one, and the like: the file is not read, whatever the policies say. */
  readonly fault: string | undefined
}

export interface ColumnsMet {
  /** Names of the columns of the file, in its order. */
  readonly file: readonly string[]
  readonly columns: Columns
  readonly key: readonly string[]
  /** Column of the dataset -> its name in the file, where it is another one. */
  readonly declared: Readonly<Record<string, string>>
  readonly policies: Required<DriftPolicies>
  /** Whether the values of a column of the file are mostly those of a column of the dataset: asked of few. */
  readonly fits: (from: string, column: string) => boolean
  /**
   * The column of the file that has filled a column of the dataset before, whatever it is called now; null where it is gone. `undefined`
   * where nobody knows: then names and places are looked at.
   */
  readonly before?: (column: string) => string | null | undefined
  /** Names without case -> as the table has them, or files before this one: to SQL they are one name. */
  readonly added?: ReadonlyMap<string, string>
}

/** What the platform calls columns of its own. */
const ofPlatform = [batchColumn, '_as_of', '_turn']

/** A name without case, accents, spaces and marks: `Order ID`, `order_id` and `orderId` are one. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')

/** A name as datasets spell theirs: `Unit price` becomes `unit_price`. One without a letter or a digit stays. */
export function spelled(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
  return words === '' ? name : /^\p{N}/u.test(words) || name.startsWith('_') ? `_${words}` : words
}

/** What the table has already stays as it is there. */
const nameInTable = (name: string, added: ColumnsMet['added']): string =>
  added?.get(name.toLowerCase()) ?? added?.get(spelled(name).toLowerCase()) ?? spelled(name)

/**
 * Maps by the names that the pull declares, then by equal names, then by plain ones. What is left on both sides are new and missing
 * columns; a pair of them whose names are near, or that stand at one place and fit, is a renamed one.
 */
export function mapColumns(met: ColumnsMet): ColumnMap {
  const { file, columns, declared, policies } = met
  const from = new Map<string, string>()
  const taken = new Set<string>()
  const take = (column: string, of: string): void => {
    from.set(column, of)
    taken.add(of)
  }
  for (const [column, of] of Object.entries(declared)) {
    const found = file.find((name) => name === of) ?? only(file.filter((name) => plainName(name) === plainName(of)))
    if (found !== undefined) take(column, found)
  }
  const open = (): readonly string[] => Object.keys(columns).filter((column) => !from.has(column) && !Object.hasOwn(declared, column))
  for (const column of open()) if (file.includes(column) && !taken.has(column)) take(column, column)
  for (const column of open()) {
    const same = file.filter((name) => !taken.has(name) && plainName(name) === plainName(column))
    if (same.length > 1) return faulty(`the columns ${quoted(same)} are one name to ${column}`)
    const rivals = open().filter((other) => plainName(other) === plainName(column))
    const [name] = same
    if (name === undefined) continue
    if (rivals.length > 1) return faulty(`the column ${quoted([name])} may fill ${rivals.join(' and ')}`)
    take(column, name)
  }
  const missing = Object.keys(columns).filter((column) => !from.has(column))
  const strange = file.filter((name) => !taken.has(name))
  const renamed = renamedAmong(met, missing, strange)
  if (policies.renamed === 'add') for (const { column, from: name } of renamed) take(column, name)
  const told = policies.renamed === 'ignore' ? [] : renamed
  const known = (name: string): boolean => told.some((each) => each.column === name || each.from === name)
  const unfilled = missing.filter((column) => !from.has(column) && !known(column))
  const news = strange.filter((name) => !taken.has(name) && !known(name))
  const adding = policies.new === 'add' ? news.map((name) => [nameInTable(name, met.added), name] as const) : []
  const added = new Map(adding)
  const twice = adding.find(([column, name]) => added.get(column) !== name)
  if (twice !== undefined) return faulty(`the columns ${quoted([twice[1], added.get(twice[0]) ?? ''])} would both be added as ${twice[0]}`)
  const names = new Set([...ofPlatform, ...Object.keys(columns).map((column) => column.toLowerCase())])
  const odd = added.keys().find((column) => names.has(column.toLowerCase()))
  if (odd !== undefined) return faulty(`the column ${quoted([added.get(odd) ?? odd])} cannot be added, since another one has its name`)
  return {
    from,
    added,
    drift: [
      ...told.map((each) => ({ event: 'renamed' as const, ...each, policy: policies.renamed })),
      ...unfilled.map((column) => ({ event: 'missing' as const, column, policy: policyOfMissing(met, column) })),
      ...news.map((column) => ({ event: 'new' as const, column, policy: policies.new })),
    ],
    fault: undefined,
  }
}

const faulty = (fault: string): ColumnMap => ({ from: new Map(), added: new Map(), drift: [], fault })

const only = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined)

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(' and ')

/** Each row would be in quarantine. */
const policyOfMissing = ({ columns, key, policies }: ColumnsMet, column: string): string =>
  columns[column]?.notNull === true || key.includes(column) ? 'refuse' : policies.missing

type Renamed = Pick<Extract<DriftEvent, { event: 'renamed' }>, 'column' | 'from' | 'by'>

function renamedAmong(
  { file, columns, fits, before = () => undefined }: ColumnsMet,
  missing: readonly string[],
  strange: readonly string[],
): readonly Renamed[] {
  const left = new Set(strange)
  const found: Renamed[] = []
  const pair = (column: string, from: string | undefined, by: Renamed['by']): void => {
    if (from === undefined) return
    left.delete(from)
    found.push({ column, from, by })
  }
  for (const column of missing) {
    const same = before(column)
    if (typeof same === 'string' && left.has(same)) pair(column, same, 'column')
  }
  const guessed = missing.filter((column) => before(column) === undefined)
  for (const column of guessed) pair(column, nearest(column, [...left]), 'name')
  const names = Object.keys(columns)
  for (const column of guessed.filter((each) => !found.some(({ column: paired }) => paired === each))) {
    const there = names.length === file.length ? file[names.indexOf(column)] : undefined
    pair(column, there !== undefined && left.has(there) && fits(there, column) ? there : undefined, 'place')
  }
  return found
}

/** Not of names of a letter or two, which are near to everything. */
export function nearest(column: string, names: readonly string[]): string | undefined {
  const plain = plainName(column)
  if (plain.length < 3) return undefined
  const among = names.filter((name) => plainName(name).length > 2)
  const [first] = near(plain, among.map(plainName))
  return among.find((name) => plainName(name) === first)
}

/** The events that a policy refuses. */
export const refusedBy = (drift: readonly DriftEvent[]): readonly DriftEvent[] => drift.filter(({ policy }) => policy === 'refuse')

const sameness = { name: 'has nearly its name', place: 'stands in its place', column: 'is the same one under another name' } as const

/** An event as a clause. */
export function inWords(event: DriftEvent): string {
  switch (event.event) {
    case 'new':
      return `the column "${event.column}" is new`
    case 'missing':
      return `the column ${event.column} is missing`
    case 'renamed':
      return `the column ${event.column} is missing, and "${event.from}" ${sameness[event.by]}`
    case 'retyped':
      return 'is' in event
        ? `the column ${event.column} is ${event.is}, which does not become its type`
        : `${event.misfits} of ${event.values} values of ${event.column} are not of its type`
    default:
      return event satisfies never
  }
}
