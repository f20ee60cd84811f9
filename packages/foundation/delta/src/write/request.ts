import type { Scalar } from '../files/values.ts'
import type { CommitInfo } from '../protocol/actions.ts'
import type { ColumnarRows } from './columnar-rows.ts'
import type { Where } from './selection.ts'

/**
 * Rows as objects by column name, read once. A column that a row lacks is NULL. Values may have every form that `Snapshot.rows` gives. Or
 * rows by column, such as `arrowRows` of `@sluice/delta/arrow` makes them.
 */
export type Rows = AsyncIterable<Readonly<Record<string, unknown>>> | Iterable<Readonly<Record<string, unknown>>> | ColumnarRows

/** Where the rows of a write come from. */
export type RowSource =
  | {
      /**
       * SQL of the rows. It runs on the table's connection and may use temporary tables there. It runs again when another writer changes
       * the schema.
       */
      readonly select: string
    }
  | {
      /** The rows themselves. Each value must be exactly a value of its column. */
      readonly rows: Rows
    }

export interface WriteSettings {
  /** Makes the write happen once. It is skipped when the table already has this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /**
   * Commits only as the next version after this one. When the table has another version by then, it is a `commit.conflict` at once,
   * whatever the other writer has changed.
   */
  readonly ifVersion?: number
  /**
   * More fields for the commit's `commitInfo`, or a function that makes them from the number of rows. Where it throws, nothing is
   * committed.
   */
  readonly commitInfo?: CommitInfo | ((rows: number) => CommitInfo | Promise<CommitInfo>)
  /** Adds columns and nested fields that only the query has as new nullable ones at the end. Without it they are an error. */
  readonly evolve?: boolean
  /**
   * The query's columns by name and DuckDB type, if the caller knows them. It saves asking DuckDB, which takes milliseconds for a wide
   * query.
   */
  readonly types?: readonly { readonly name: string; readonly type: string }[]
}

export type WriteOptions = RowSource & WriteSettings

export interface OverwriteSettings extends WriteSettings {
  /** Replaces only the rows for which this is TRUE. All new rows must satisfy it too. All rows by default. */
  readonly replaceWhere?: Where
  /** Gives the table the columns and types of the query. The partition columns must be among them. Only when all rows are replaced. */
  readonly overwriteSchema?: boolean
}

export type OverwriteOptions = RowSource & OverwriteSettings

export interface ReplaceBatchSettings extends WriteSettings {
  readonly column: string
  /** Every new row gets this value, whatever the query gives, so that a later replacement finds it. */
  readonly value: Scalar
}

export type ReplaceBatchOptions = RowSource & ReplaceBatchSettings

export interface ReplacedBatch {
  /** The text in `column` of its rows. */
  readonly value: string
  /** Makes the write happen once. */
  readonly txn?: { readonly appId: string; readonly version: number }
}

export interface ReplaceBatchesSettings extends Omit<WriteSettings, 'txn' | 'commitInfo'> {
  /** A column of texts that says of each row which batch it belongs to. The rows of the query have it too. */
  readonly column: string
  /** All batches that the commit replaces, also those that get no row. A row of another batch is `rows.invalid`. */
  readonly batches: readonly ReplacedBatch[]
  /** More fields for the commit's `commitInfo`, or a function that makes them from the number of rows by batch. */
  readonly commitInfo?: CommitInfo | ((rows: ReadonlyMap<string, number>) => CommitInfo | Promise<CommitInfo>)
}

export type ReplaceBatchesOptions = RowSource & ReplaceBatchesSettings

/** A write whose rows are a SELECT, whatever the caller gave. */
export type WriteRequest = { readonly select: string } & (
  | ({ readonly kind: 'append' } & WriteSettings)
  | ({ readonly kind: 'overwrite' } & OverwriteSettings)
  | ({ readonly kind: 'replaceBatch' } & ReplaceBatchSettings)
  | ({ readonly kind: 'replaceBatches' } & ReplaceBatchesSettings)
)

export interface ChangeOptions {
  /** Makes the change happen once. It is skipped when the table already has this application id at this version or a higher one. */
  readonly txn?: { readonly appId: string; readonly version: number }
  /**
   * Commits only as the next version after this one. When the table has another version by then, it is a `commit.conflict` at once,
   * whatever the other writer has changed.
   */
  readonly ifVersion?: number
  /** More fields for the commit's `commitInfo`. */
  readonly commitInfo?: CommitInfo
}

export interface DeleteOptions extends ChangeOptions {
  /** The rows to delete; all rows by default. */
  readonly where?: Where
}

/** New values by column. Each is an SQL expression. */
export type SetClause = Readonly<Record<string, string>>

export interface UpdateOptions extends ChangeOptions {
  /** New values by column: SQL expressions over the present row (`price * 2`, `target.price * 2`). Other columns keep their values. */
  readonly set: SetClause
  /** The rows to update; all rows by default. */
  readonly where?: Where
}

/**
 * `when` restricts a clause. The first clause whose condition holds applies to a row. Expressions name the relations `target` and `source`.
 */
export type MatchedClause = { readonly when?: string } & ({ readonly update: SetClause | 'all' } | { readonly delete: true })
export interface InsertClause {
  readonly when?: string
  readonly insert: SetClause | 'all'
}
export type NotMatchedBySourceClause = { readonly when?: string } & ({ readonly update: SetClause } | { readonly delete: true })

export interface MergeOptions extends ChangeOptions {
  /** SQL of the rows to merge, which runs once, or the rows themselves. */
  readonly source: string | Rows
  /** The condition under which a row of the source matches a row of the table, such as `target.id = source.id`. */
  readonly on: string
  /** Clauses for a row of the table that a row of the source matches. 'all' sets every column that the source has. */
  readonly matched?: readonly MatchedClause[]
  /** Clauses for a row of the source that matches no row of the table. 'all' takes the columns of the same name. */
  readonly notMatched?: readonly InsertClause[]
  /** Clauses for a row of the table that no row of the source matches. */
  readonly notMatchedBySource?: readonly NotMatchedBySourceClause[]
  /** The same as a last clause `{ update: 'all' }` of `matched`. */
  readonly updateAll?: boolean
  /** The same as a last clause `{ insert: 'all' }` of `notMatched`. */
  readonly insertAll?: boolean
  /**
   * Adds columns that only the source has as new nullable columns at the end, if a clause says 'all' or names them. Without it 'all'
   * ignores such columns.
   */
  readonly evolve?: boolean
}

/** A merge whose source is a SELECT, whatever the caller gave. */
export type MergeRequest = Omit<MergeOptions, 'source'> & { readonly source: string }
