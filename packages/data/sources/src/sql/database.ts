import type { DatabaseConnection, SqlSource } from '@sluice/author'

/** A column that a source of a database has. */
export interface DatabaseColumn {
  readonly name: string
  /** As the database calls it: `numeric(12,2)`. */
  readonly type: string
  /** What the database knows it by, whatever its name: `16384.3`. Of a table alone. */
  readonly id?: string
}

/** Which rows are asked for. */
export interface RowsAsked {
  readonly source: Pick<SqlSource, 'name' | 'of' | 'incremental' | 'limits'>
  /** Of an incremental source: the greatest value seen by pulls before; null before the first. */
  readonly seen: string | null
  /** Where a slice began that is read again; null where it began with all rows. Unless given it begins at `seen`, less the overlap. */
  readonly since?: string | null
  /** The columns to copy, of those that there are. What it throws ends the reading. */
  readonly choose: (columns: readonly DatabaseColumn[]) => readonly string[]
  /** No more rows than these: to look at. */
  readonly most?: number
}

/** Rows of one snapshot of a database, copied into a file of the work folder. */
export interface CopiedRows {
  /** All that the source has. */
  readonly columns: readonly DatabaseColumn[]
  /**
   * SELECT of DuckDB over the copy: the chosen columns in their order, all texts, in the spelling that the judge reads. Their names are
   * those of the source, of which two may differ in case alone: to DuckDB these are one, so that a column goes by its place.
   */
  readonly rows: string
  /** The same with `_row` (BIGINT) before them: the number of the row in the copy, from 1. */
  readonly numbered: string
  /** As the database counted them. */
  readonly count: number
  /** Of an incremental source: the value of its column from which on rows were asked for; null for all of them. */
  readonly since: string | null
  /** Of an incremental source: the greatest value of its column seen by this pull and those before. */
  readonly greatest: string | null
  /** Rows whose time lies too far ahead to be it, where there are such, and the greatest of those. */
  readonly ahead?: { readonly rows: number; readonly greatest: string }
  /** Where no row has a value from `since` on: the greatest that there is, which lies below. */
  readonly behind?: string
}

export interface CopyContext {
  /** The caller takes it away. */
  readonly workFolder: string
  readonly signal?: AbortSignal
}

/** A kind of database that sources read. */
export interface Database {
  /**
   * Copies rows in one read-only transaction that sees one state of the database from its first statement on.
   * @throws `source.sql` for a table, query or column that is not there or cannot be read; what the database throws
   */
  copy(connection: DatabaseConnection, asked: RowsAsked, context: CopyContext): Promise<CopiedRows>
}
