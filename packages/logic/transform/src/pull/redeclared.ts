import type { FileSource, Pull } from '@sluice/author'
import { hashText } from '@sluice/core'
import { type DriftEvent, nearest, plainName } from './columns.ts'

/** What says how the columns of files fill those of a dataset. */
export type DeclaredColumns = Pick<Pull, 'into' | 'columns'> & { readonly from: Pick<FileSource, 'drift'> }

/** The same in short, for receipts. */
export const declaredOf = ({ from, into, columns }: DeclaredColumns): string =>
  hashText(JSON.stringify([from.drift, Object.entries(columns).toSorted(), Object.keys(into.columns)])).slice(0, 12)

/**
 * Whether the declaration of now reads a file otherwise whose columns had drifted: what was left out is added or has a column, what was
 * added is left out, what was null has a column of nearly its name. Nothing is read again only to be refused: a policy of `refuse` is for
 * files to come.
 * @param events as its receipt tells them
 */
export function readsOtherwise(events: readonly DriftEvent[], { from: { drift }, into, columns }: DeclaredColumns): boolean {
  if (events.some(({ event }) => drift[event] === 'refuse')) return false
  const missing = events.flatMap((each) => (each.event === 'missing' ? [each.column] : []))
  const strange = events.flatMap((each) => (each.event === 'new' ? [each.column] : []))
  const names = new Set(Object.keys(into.columns).map((column) => plainName(columns[column] ?? column)))
  return events.some((each) => {
    if (each.event === 'new') return each.policy !== drift.new || names.has(plainName(each.column))
    if (each.event === 'renamed') return each.policy !== drift.renamed
    return (
      each.event === 'missing' && drift.renamed === 'add' && missing.includes(each.column) && nearest(each.column, strange) !== undefined
    )
  })
}
