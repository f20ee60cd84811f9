import type { AnyDataset, LoadMode, ModelSpec, PipelineSpec, Sql } from '@sluice/author'

/** What the graph of a project is made of: its definitions as plain data. Ids of datasets are without the project. */
export interface DeclaredProject {
  readonly project: string
  readonly version: string
  readonly pipelines: readonly PipelineSpec[]
  readonly models: readonly (ModelSpec & { readonly file: string })[]
  readonly loads: readonly DeclaredLoad[]
  readonly checks: readonly DeclaredCheck[]
  readonly datasets: readonly DeclaredDataset[]
}

export interface DeclaredLoad {
  readonly name: string
  readonly from: string
  readonly into: string
  readonly mode: LoadMode
  /** Column of `into` -> column of `from`. */
  readonly columns: Readonly<Record<string, string>>
  /** Relative to the project, with `/`. */
  readonly file: string
}

export interface DeclaredCheck {
  readonly name: string
  readonly on: readonly string[]
  readonly reads: readonly string[]
  readonly sql: Sql
  readonly message: string
  readonly file: string
}

/** Of a dataset what its readers and writers may depend on. */
export type DeclaredDataset = Pick<AnyDataset, 'id' | 'on' | 'name' | 'columns' | 'key' | 'facts'>
