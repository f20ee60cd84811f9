import type { Duration } from '@sluice/core'

/** When a partition is written together: it holds more small files than this, or too many of its rows are only marked as deleted. */
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

/** How long a zone, or one dataset, keeps what. All is kept for ever unless said. */
export interface Retention {
  /** Bronze: files whose logical time is older go once a batch was made of them; their receipts stay. Silver: rows whose `column` is older. */
  readonly keep?: Duration
  /** Silver: the timestamp or date that `keep` goes by. */
  readonly column?: string
  /** Silver: how long files that left a table stay readable for time travel; 7 days unless given, and not less without `shortVersions`. */
  readonly versions?: Duration
  /** Gold: so many of the newest exports. */
  readonly exports?: number
  /** `false`: never by itself. */
  readonly smallFiles?: SmallFiles | false
}

export interface LakePolicy {
  readonly bronze?: Retention
  readonly silver?: Retention
  readonly gold?: Retention
  /** What differs for single datasets, by name: `silver.assets`. */
  readonly datasets?: Readonly<Record<string, Retention>>
}

/** What holds for a dataset: its own settings before those of its zone. */
export const retentionOf = (policy: LakePolicy, layer: 'bronze' | 'silver' | 'gold', name: string): Retention => ({
  ...policy[layer],
  ...policy.datasets?.[`${layer}.${name}`],
})

export const smallFilesOf = ({ smallFiles }: Retention): Required<SmallFiles> | undefined =>
  smallFiles === false ? undefined : { files: 20, smallBytes: 32 << 20, deletedShare: 0.1, budgetBytes: 256 << 20, ...smallFiles }
