import type { AnyDataset, LoadMode } from '@sluice/author'
import type { BatchWrite } from '@sluice/core'
import type { WholeReads } from './order.ts'
import type { GivenTypes } from './plan.ts'
import type { LoadSource, QuerySource } from './query-source.ts'
import type { Route } from './route.ts'
import type { TouchedPartitions, TouchingSource } from './touched.ts'

/** A query of which the rows of some partitions are asked for. */
export interface PartitionQuery {
  readonly sources: readonly TouchingSource[]
  of(touched: TouchedPartitions): QuerySource
}

export interface LoadRequest extends WholeReads {
  readonly write: BatchWrite
  readonly table: AnyDataset
  /** `full`: the rows replace all that the table holds. `partition`: those of partitions that have changed. */
  readonly mode: LoadMode | 'partition'
  /** Columns of the table in the order of the CSV. A query names its own. */
  readonly columns?: readonly string[]
  readonly source: LoadSource | PartitionQuery
  /**
   * Types of the values whose texts an engine wrote into the source, by column. Their texts are trusted; those of other columns may be
   * anything.
   */
  readonly given?: GivenTypes
  /** How many rows the producer counted; another number in the warehouse takes everything back. */
  readonly rowsIn?: number
  /** Statements before the rows are looked at and behind the write, in its transaction. A replay does without them. */
  readonly hooks?: { readonly before: readonly QuerySource[]; readonly after: readonly QuerySource[] }
  /** Told how the rows go into the table, and why; once more where that turned out not to work. */
  readonly explain?: (route: Route) => void
  readonly signal?: AbortSignal
}

export interface LoadTuning {
  /** From this many rows on a load first tries what is cheaper and may fail, and falls back. Default 10,000. */
  readonly largeFrom?: number
}
