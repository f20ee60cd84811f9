import type { Columns, Declared, Fillable, Pages, RowOf } from '@sluice/author'
import type { DatasetRef } from '@sluice/core'
import type { ExportedRows } from '../gold/request.ts'

/** Tells two writes of one step to one dataset apart; `main` unless given. */
export interface WriteName {
  readonly write?: string
}

/** The lake as a step sees it that reads and fills these datasets, by id. */
export interface TaskLake<Reads extends string = string, Fills extends string = string> {
  /**
   * Lands answers as one batch of bodies, put-if-absent: when this run's batch is already there, the source is not asked again.
   * @throws `lake.batch_empty` when there was no page.
   */
  land<const D>(
    dataset: Fillable<D, Fills, 'bodies', 'does not hold bodies: declare bodies: json(...), or fill it with a model'>,
    pages: Pages,
    options?: WriteName,
  ): Promise<DatasetRef<'lake'>>
  /**
   * Puts one file into gold as it is, of the dataset's media type, with a manifest that is written last and never over another. A retry or
   * replay is answered by the first; a cleared task (a raised generation) puts anew beside it.
   */
  put<const D>(
    dataset: Fillable<D, Fills, 'files', 'does not hold files as they are: declare files by a media type'>,
    content: string | Uint8Array,
    options?: WriteName,
  ): Promise<DatasetRef<'lake'>>
  /**
   * Exports the rows of a statement, or rows given, to gold in the dataset's format, as one batch: as `put`, with rows and schema in the
   * manifest.
   */
  export<const D, U extends string = never>(
    dataset: Fillable<D, Fills, 'exports', "does not hold exports: declare files: 'parquet', 'csv' or 'ndjson'">,
    from: Declared<U, Reads | Fills, 'lake', 'reads'> | ExportedRows,
    options?: WriteName,
  ): Promise<DatasetRef<'lake'>>
  /** Rows of a small result. Its columns must be these. @throws `definition.invalid` where they are not */
  rows<const C extends Columns, U extends string>(
    columns: C,
    statement: Declared<U, Reads | Fills, 'lake', 'reads'>,
  ): Promise<readonly RowOf<C>[]>
}

export interface LakeContext<Reads extends string = string, Fills extends string = string> {
  readonly lake: TaskLake<Reads, Fills>
}
