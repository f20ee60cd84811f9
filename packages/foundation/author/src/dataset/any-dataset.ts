import type { Duration, Store } from '@sluice/core'
import type { Columns } from '../columns/column.ts'
import type { Sql } from '../sql/parts.ts'
import type { Bodies } from './bodies.ts'
import type { RowCheck } from './row-checks.ts'

/** Formats of exports, whose rows SQL can read. Any other dataset of files holds what `lake.put` is given. */
export const exportFormats = ['parquet', 'csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What a dataset of the warehouse may be in the place of a table. */
export const viewKinds = ['view', 'materialized view'] as const
export type ViewKind = (typeof viewKinds)[number]

/** What the steps of a dataset depend on. `time`: its order column is a timestamp or a date. `versions`: its rows are versions. */
export type DatasetTrait = 'key' | 'order' | 'time' | 'versions' | 'partition' | 'view' | 'bodies' | 'files' | 'exports'

/** A foreign key, by ids and names: a row whose columns are all present needs the row that they name. A load quarantines the others. */
export interface ForeignKey {
  readonly from: string
  readonly columns: readonly string[]
  readonly to: string
  readonly on: readonly string[]
}

export interface Index {
  /** Those among its parts that are columns. */
  readonly columns: readonly string[]
  readonly unique: boolean
  /** It is built while others write. */
  readonly concurrently?: boolean
  /** What it is where it is more than a B-tree over columns. */
  readonly special?: SpecialIndex
}

export const indexMethods = ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin'] as const
export type IndexMethod = (typeof indexMethods)[number]

export interface SpecialIndex {
  /** `rest`: direction and operator class of a column, or an expression. */
  readonly parts: readonly { readonly column?: string; readonly rest: string }[]
  readonly include: readonly string[]
  readonly using: IndexMethod
  readonly where?: string
}

export const partitionSpans = ['day', 'month', 'year'] as const
export type PartitionSpan = (typeof partitionSpans)[number]

/** How a table of the warehouse is stored by time: as one partition for each day, month or year (UTC) of a column. */
export interface Ranges<Name extends string = string> {
  readonly by: PartitionSpan
  readonly column: Name
  /** How many partitions are there before rows come: 1 unless given. */
  readonly ahead?: number
}

/** Shares of a batch, 0 to 1: a larger one in quarantine warns, or fails the step. `1` never does. */
export interface QuarantineLimits {
  readonly warn?: number
  readonly fail?: number
  /** `none`: where a row breaks a rule of the key, nothing of the batch is written. */
  readonly key?: 'none'
}

/** Which columns bound the versions of what the key names: its rows are versions of that, and say from when to when they held (SCD 2). */
export interface Versions {
  /** When a version begins. It is a column of the key; the other columns of the key name what the versions are of. */
  readonly from: string
  /** When it ends: where the next one begins, null of the one that holds. The platform fills it. */
  readonly to: string
  /** Whether it holds. The platform fills it. */
  readonly current?: string
  /** A row where this is true closes the version before it, and is none itself. */
  readonly deleted?: string
  /** Each batch shows all there is: what one no longer brings is closed at the logical time of that batch. */
  readonly missing?: 'close'
}

export const privileges = ['select', 'insert', 'update', 'delete'] as const
/** By privilege: names of roles, or `public`. */
export type Grants = { readonly [P in (typeof privileges)[number]]?: readonly string[] }

/** What is true of a dataset wherever it is used. */
export interface DatasetFacts {
  readonly description?: string
  readonly owner?: string
  readonly tags?: readonly string[]
  /** How long rows stay, by the order column; how long bodies stay, by their logical time. */
  readonly keep?: Duration
  /** How long rows stay beside the table that another row stands in for under its key. */
  readonly superseded?: Duration
  /** Whether writes by key mark rows of a file as gone in place of writing it anew. Not said: as the table has it. */
  readonly deletionVectors?: boolean
  /** How old its newest batch may be. */
  readonly fresh?: Duration
  /** How large a share of a batch may be in quarantine. */
  readonly quarantine?: QuarantineLimits
  /** The column that says which rows are newest. */
  readonly order?: string
  /** Its rows are versions of what the key names. */
  readonly versions?: Versions
  /** Privileges on it, to roles of PostgreSQL. */
  readonly grants?: Grants
  /** The column that says to which partition a row belongs. */
  readonly partition?: string
  /** The table is stored in partitions by time. */
  readonly ranges?: Ranges
  /** It is not a table: its model makes it, and no migration does. */
  readonly as?: ViewKind
  readonly indexes: readonly Index[]
  readonly references: readonly ForeignKey[]
  /** Those given. `rowChecksOf` adds what the key and the columns say. */
  readonly checks: readonly RowCheck[]
  readonly bodies?: Bodies
  /** A format of exports, or a media type. */
  readonly files?: string
}

/** What all datasets have. */
export interface AnyDataset {
  readonly kind: 'dataset'
  /** `lake.silver.assets`. With the project before it, it is the full id. */
  readonly id: string
  readonly on: Store
  /** `silver.assets`. */
  readonly name: string
  readonly columns: Columns
  readonly key: readonly string[]
  readonly facts: DatasetFacts
  readonly batch: Sql
  readonly latest: unknown
}

/** What `latest` is of a dataset that does not say which rows are newest. An interface: as a string it would pass as a value of SQL. */
export interface NoOrder {
  readonly missing: 'order'
}

/** Shown as `Dataset<"lake.silver.assets", { ...columns }, readonly ["asset_id", "seen_at"], "key" | "order" | "time">`. */
export interface Dataset<
  Id extends string = string,
  C extends Columns = Columns,
  Key extends readonly string[] = readonly string[],
  Has extends DatasetTrait = DatasetTrait,
> extends AnyDataset {
  readonly id: Id
  readonly columns: C
  readonly key: Key
  /**
   * In sql: the rows of the batches at hand. Those that this run wrote; of a dataset that no step of the pipeline writes, those that this
   * step has not taken yet.
   */
  readonly batch: Sql<Id>
  /** In sql: the rows whose order column is greatest, up to the run's logical time. */
  readonly latest: 'order' extends Has ? Sql<Id> : NoOrder
  /** In sql: the rows of the span before the run's logical time, by the order column: `since('3d')`. */
  since(age: 'time' extends Has ? Duration : `${Id} is not ordered by a timestamp or a date, which says how old a row is`): Sql<Id>
  readonly has?: Has
}

export type IdOf<D> = D extends { readonly kind: 'dataset'; readonly id: infer Id extends string } ? Id : never
export type IdsOf<L extends readonly unknown[]> = IdOf<L[number]>
/** The store of a dataset by its id. */
export type StoreOf<Id extends string> = Id extends `${infer S extends Store}.${string}` ? S : never
