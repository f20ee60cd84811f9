import type { Duration } from '@sluice/core'

/**
 * When a partition of a table is written together: it holds more small files than this, or too many of its rows are only marked as deleted.
 */
export interface SmallFiles {
  /** 20 unless given. */
  readonly files?: number
  /** A file below is small; 32 MiB unless given. */
  readonly smallBytes?: number
  /** Share of rows marked as deleted; 0.1 unless given. */
  readonly deletedShare?: number
  /** Bytes that one commit writes again at most, partition by partition; 256 MiB unless given. */
  readonly budgetBytes?: number
}

/** What a layer of the lake, or one dataset, keeps. All is kept for ever unless said. */
export interface LakeRetention {
  /**
   * Bronze: files whose logical time is older go once something was made of them; their receipts stay. Silver: rows whose `column` is
   * older.
   */
  readonly keep?: Duration
  /** Silver: the timestamp or date that `keep` goes by. */
  readonly column?: string
  /** Silver: how long files that left a table stay for time travel; 7 days unless given, and never less by itself. */
  readonly versions?: Duration
  /** Gold: so many of the newest exports, at least one. */
  readonly exports?: number
  /** `false`: small files are never written together by themselves, and no vacuum comes by itself. */
  readonly smallFiles?: SmallFiles | false
}

/** How a project looks after its lake. */
export interface LakePolicy {
  readonly bronze?: LakeRetention
  readonly silver?: LakeRetention
  readonly gold?: LakeRetention
  /** What differs for single datasets, by name: `silver.assets`. */
  readonly datasets?: Readonly<Record<string, LakeRetention>>
}
