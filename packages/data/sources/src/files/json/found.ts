import type { Json } from '@sluice/core'
import { uniqueNames } from '../records/names.ts'
import type { WrittenColumn } from '../records/opened.ts'
import type { KnownColumn } from './columns.ts'

/** Columns that objects have: a name that refused records alone have is none. */
export interface FoundColumns {
  readonly columns: readonly (WrittenColumn & { readonly of: KnownColumn })[]
  /** Name of a column -> that in the file, which could not stay as it is. */
  readonly renamed: Readonly<Record<string, string>>
}

export function writtenColumns(list: readonly KnownColumn[]): FoundColumns {
  const present = list.flatMap((of, key) => (of.present > 0 ? [{ of, key: String(key) }] : []))
  const { names, renamed } = uniqueNames(present.map(({ of }) => of.name))
  return { columns: present.map((column, at) => ({ ...column, name: names[at] ?? '' })), renamed }
}

/** More columns than this are not told one by one. */
const mostTold = 100

/** What was seen of names: those that were changed, those that some objects lack, and those that are null in some. */
export function foundOfColumns({ columns, renamed }: FoundColumns, records: number): Readonly<Record<string, Json>> {
  const told = (name: string, entries: readonly (readonly [string, Json])[]): Readonly<Record<string, Json>> =>
    entries.length === 0 ? {} : { [name]: Object.fromEntries(entries.slice(0, mostTold)) }
  return {
    ...told('renamed', Object.entries(renamed)),
    ...told(
      'missing',
      columns.flatMap(({ name, of }) => (of.present === records ? [] : [[name, records - of.present] as const])),
    ),
    ...told(
      'null',
      columns.flatMap(({ name, of }) => (of.nulls === 0 ? [] : [[name, of.nulls] as const])),
    ),
  }
}

/** Columns as `sniff` tells them. */
export const toldColumns = ({ columns }: FoundColumns): Json => columns.map(({ name }) => name)
