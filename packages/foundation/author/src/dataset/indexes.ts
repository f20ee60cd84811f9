import type { AnyDataset, Index, IndexMethod } from './any-dataset.ts'

/** A column; a column with its operator class or direction (`word text_pattern_ops`, `day desc`); or an expression (`(lower(word))`). */
export type IndexPart<N extends string = string> = N | `${N} ${string}` | `(${string})`

/** An index that is more than one over columns. */
export interface IndexOptions<N extends string = string> {
  readonly on: IndexPart<N> | readonly IndexPart<N>[]
  readonly unique?: boolean
  /** Only the rows of which this SQL is true. */
  readonly where?: string
  /** Columns whose values stand in the index beside the parts: a query of those alone does not read the table. */
  readonly include?: readonly N[]
  /** `btree` unless given. */
  readonly using?: IndexMethod
  /** It is built while others write, however large the table is where the migration is written. */
  readonly concurrently?: boolean
}

/** One column; several; several that are unique together; or an index with options. */
export type IndexOption<N extends string = string> = N | readonly N[] | { readonly unique: readonly N[] } | IndexOptions<N>

export function indexOf(option: IndexOption, columns: ReadonlySet<string>): Index {
  if (typeof option === 'string') return { columns: [option], unique: false }
  if (!('on' in option)) return 'unique' in option ? { columns: option.unique, unique: true } : { columns: option, unique: false }
  const { unique = false, concurrently = false, where, include = [], using = 'btree' } = option
  const parts = (typeof option.on === 'string' ? [option.on] : option.on).map((part) => partOf(part, columns))
  const index = { columns: parts.flatMap(({ column }) => column ?? []), unique, ...(concurrently ? { concurrently } : {}) }
  const isPlain = using === 'btree' && include.length === 0 && where === undefined && parts.every(({ rest }) => rest === '')
  return isPlain ? index : { ...index, special: { parts, include, using, ...(where === undefined ? {} : { where }) } }
}

function partOf(text: string, columns: ReadonlySet<string>): { readonly column?: string; readonly rest: string } {
  if (columns.has(text)) return { column: text, rest: '' }
  if (text.startsWith('(')) return { rest: text }
  const [column = text, ...rest] = text.split(' ')
  return { column, rest: rest.join(' ') }
}

/** Columns whose values occur once in the whole table: the key, and unique indexes of all rows over columns. */
export const uniqueColumnsOf = ({ key, facts }: Pick<AnyDataset, 'key' | 'facts'>): readonly (readonly string[])[] => [
  ...(key.length === 0 ? [] : [key]),
  ...uniqueIndexesOf({ facts }),
]

export const uniqueIndexesOf = ({ facts }: Pick<AnyDataset, 'facts'>): readonly (readonly string[])[] =>
  facts.indexes.filter(isWholeUnique).map(({ columns }) => columns)

const isWholeUnique = ({ unique, special }: Index): boolean =>
  unique && special?.where === undefined && (special?.parts.every(({ column }) => column !== undefined) ?? true)
