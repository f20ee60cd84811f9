import type { Columns, ExportFormat, Reading, Sql } from '@sluice/author'

/**
 * What an export to gold is made of: a statement of a step; a dataset as it is, or a query that names datasets itself, each pinned to what
 * it means now; or rows by name and type, instants as epoch milliseconds or ISO-8601, decimals as text.
 */
export type ExportSource =
  | { readonly statement: Sql; readonly reading: Reading }
  | { readonly dataset: string }
  | { readonly sql: string }
  | ExportedRows

/** What an export has written. */
export interface ExportedRows {
  readonly columns: Columns
  readonly rows: ExportRows | AsyncIterable<ExportRows>
}
export type ExportRows = readonly Readonly<Record<string, unknown>>[]

export interface LakeExport {
  readonly from: ExportSource
  /** Parquet unless given. */
  readonly format?: ExportFormat
}
