import type { Scalar } from '../files/values.ts'
import type { CommitInfo } from '../log/actions.ts'

export interface WriteOptions {
  /** SQL of the rows, run on the table's connection; it may name temporary tables there. Read again if another writer changes the schema. */
  readonly select: string
  /** Makes the write happen once: skipped when the table already holds this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /** Further fields of the commit's `commitInfo`, or what gives them once the query's rows are counted. */
  readonly commitInfo?: CommitInfo | ((rows: number) => CommitInfo)
  /** Columns that only the query has become new nullable columns at the end. Off: they are an error. */
  readonly evolve?: boolean
}

export interface ReplaceBatchOptions extends WriteOptions {
  readonly column: string
  /** The new rows get this value whatever the query gives: a later replacement must find them. */
  readonly value: Scalar
}

export type WriteRequest =
  | ({ readonly kind: 'append' } & WriteOptions)
  | ({ readonly kind: 'overwrite' } & WriteOptions)
  | ({ readonly kind: 'replaceBatch' } & ReplaceBatchOptions)
