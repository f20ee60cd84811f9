import type { Pages, Sql } from '@sluice/author'
import type { DatasetRef, Json } from '@sluice/core'
import type { LakeExport } from '../gold/request.ts'

export interface TaskLake {
  /**
   * Lands answers as one bronze batch, put-if-absent: when this run's batch is already there, the source is not asked again.
   * @throws `lake.batch_empty` when there was no page.
   */
  land(dataset: `bronze.${string}`, pages: Pages, options?: { readonly write?: string }): Promise<DatasetRef<'lake'>>
  /**
   * Exports to gold as one batch: a file and its manifest (rows, schema, source versions, checksum), which is written last and never over another. A
   * retry or replay is answered by the first; a cleared task (a raised generation) exports anew beside it.
   */
  export(dataset: `gold.${string}`, options: LakeExport & { readonly write?: string }): Promise<DatasetRef<'lake'>>
  /** Rows of a small result. */
  query<Row extends Readonly<Record<string, Json>> = Readonly<Record<string, Json>>>(sql: Sql<'lake'>): Promise<readonly Row[]>
}

export interface LakeContext {
  readonly lake: TaskLake
}
