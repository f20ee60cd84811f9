import type { Columns } from '@sluice/author'
import type { DatasetRef } from '@sluice/core'

export const goldFormats = ['parquet', 'csv', 'ndjson'] as const

/**
 * What an export to gold is made of: what a step wrote, pinned to its version, or a dataset as it is; a query of the lake, which names datasets itself;
 * or rows of the warehouse by name and type, instants as epoch milliseconds or ISO-8601, decimals as text.
 */
export type ExportSource =
  | DatasetRef<'lake'>
  | { readonly dataset: string }
  | { readonly sql: string }
  | { readonly columns: Columns; readonly rows: ExportRows | AsyncIterable<ExportRows> }
export type ExportRows = readonly Readonly<Record<string, unknown>>[]

export interface LakeExport {
  readonly from: ExportSource
  /** Parquet unless given. */
  readonly format?: (typeof goldFormats)[number]
}
