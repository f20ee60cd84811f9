import type { Scalar } from '../files/values.ts'
import type { CommitInfo } from '../protocol/actions.ts'
import type { Where } from './selection.ts'

export interface WriteOptions {
  /** SQL of the rows, run on the table's connection; it may name temporary tables there. Read again if another writer changes the schema. */
  readonly select: string
  /** Makes the write happen once: skipped when the table already holds this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /** Further fields of the commit's `commitInfo`, or what gives them once the query's rows are counted. */
  readonly commitInfo?: CommitInfo | ((rows: number) => CommitInfo)
  /** Columns and nested fields that only the query has become new nullable ones at the end. Off: they are an error. */
  readonly evolve?: boolean
  /** The query's columns by name and DuckDB type, for a caller that knows them: it saves asking DuckDB, which is milliseconds for a wide query. */
  readonly types?: readonly { readonly name: string; readonly type: string }[]
}

export interface OverwriteOptions extends WriteOptions {
  /** Only the rows for which this is TRUE are replaced, and all new rows must satisfy it. Left out: all rows. */
  readonly replaceWhere?: Where
  /** The table takes the query's columns, types and all, instead of its own; partition columns have to be among them. Only for all rows. */
  readonly overwriteSchema?: boolean
}

export interface ReplaceBatchOptions extends WriteOptions {
  readonly column: string
  /** The new rows get this value whatever the query gives: a later replacement must find them. */
  readonly value: Scalar
}

export type WriteRequest =
  | ({ readonly kind: 'append' } & WriteOptions)
  | ({ readonly kind: 'overwrite' } & OverwriteOptions)
  | ({ readonly kind: 'replaceBatch' } & ReplaceBatchOptions)

export interface ChangeOptions {
  /** Makes the change happen once: skipped when the table already holds this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /** Further fields of the commit's `commitInfo`. */
  readonly commitInfo?: CommitInfo
}

export interface DeleteOptions extends ChangeOptions {
  /** Which rows go; all of them when left out. */
  readonly where?: Where
}

/** New values by column, each an SQL expression. */
export type SetClause = Readonly<Record<string, string>>

export interface UpdateOptions extends ChangeOptions {
  /** New values: column to SQL expression over the row as it is (`price * 2`, `target.price * 2`). Columns not named stay. */
  readonly set: SetClause
  /** Which rows; all of them when left out. */
  readonly where?: Where
}

/** `when` narrows a clause; of several the first that holds acts on a row. Expressions name the relations `target` and `source`. */
export type MatchedClause = { readonly when?: string } & ({ readonly update: SetClause | 'all' } | { readonly delete: true })
export interface InsertClause {
  readonly when?: string
  readonly insert: SetClause | 'all'
}
export type NotMatchedBySourceClause = { readonly when?: string } & ({ readonly update: SetClause } | { readonly delete: true })

export interface MergeOptions extends ChangeOptions {
  /** SQL of the rows to merge. It is run once, whatever it holds. */
  readonly source: string
  /** When a row of the source is a row of the table, such as `target.id = source.id`. */
  readonly on: string
  /** For a row of the table that a row of the source matches. 'all' sets every column that the source has. */
  readonly matched?: readonly MatchedClause[]
  /** For a row of the source that matches none. 'all' takes the columns of the same name. */
  readonly notMatched?: readonly InsertClause[]
  /** For a row of the table that no row of the source matches. */
  readonly notMatchedBySource?: readonly NotMatchedBySourceClause[]
  /** The same as a last clause `{ update: 'all' }` of `matched`. */
  readonly updateAll?: boolean
  /** The same as a last clause `{ insert: 'all' }` of `notMatched`. */
  readonly insertAll?: boolean
  /** Columns that only the source has become new nullable columns at the end, where a clause says 'all' or names them. Off: 'all' leaves them out. */
  readonly evolve?: boolean
}
