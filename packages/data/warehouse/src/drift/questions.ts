import type { TableShape } from '../ddl/shape.ts'
import type { Compared } from './compared.ts'
import { renameIn } from './rename.ts'
import type { NewName } from './renames.ts'

/** What may be one thing under two names, which only its author knows. */
export interface Question extends NewName {
  /** It is taken for a rename unless somebody says otherwise: there is one column that is gone and one of its type that is new. */
  readonly taken: boolean
}

/**
 * The renames that nobody has decided: columns of a dataset, and whole tables that lack or exceed the same columns.
 * @param others tables that are there and no dataset declares
 */
export function questionsOf(compared: readonly Compared[], others: readonly TableShape[]): readonly Question[] {
  return compared.flatMap(({ wanted, live }) => (live === undefined ? tableQuestions(wanted, others) : columnQuestions(wanted, live)))
}

export const isDecided = (renames: readonly NewName[], { from, to }: NewName): boolean =>
  renames.some((each) => each.from === from || each.to === to)

function columnQuestions(wanted: TableShape, live: TableShape): Question[] {
  const only = renameIn(wanted, live)
  const named = (name: string): string => `${wanted.name}.${name}`
  if (only !== undefined) return [{ from: named(only.from), to: named(only.to), taken: true }]
  const missing = wanted.columns.filter(({ name }) => !live.columns.some((column) => column.name === name))
  const extra = live.columns.filter(({ name }) => !wanted.columns.some((column) => column.name === name))
  return extra.flatMap((from) =>
    missing
      .filter((to) => to.type === from.type && to.generated === from.generated && to.identity === from.identity)
      .map((to) => ({ from: named(from.name), to: named(to.name), taken: false })),
  )
}

function tableQuestions(wanted: TableShape, others: readonly TableShape[]): Question[] {
  const columnsOf = (table: TableShape): string =>
    table.columns
      .map(({ name, type }) => `${name} ${type}`)
      .sort()
      .join()
  return others.filter((each) => columnsOf(each) === columnsOf(wanted)).map(({ name }) => ({ from: name, to: wanted.name, taken: false }))
}
