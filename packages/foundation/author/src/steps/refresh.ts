import type { StoreOf } from '../dataset/any-dataset.ts'

/**
 * How a model writes. `batch`: each run adds the rows of its batch, a rerun replaces exactly those. `full`: the whole dataset each time.
 * `key`, in the warehouse: inserts its rows, or updates those of equal key, which then belong to its batch.
 */
export type Refresh = 'batch' | 'full' | 'key'

interface RefreshIn {
  readonly lake: 'batch' | 'full'
  readonly warehouse: 'batch' | 'full' | 'key'
}

/** The word itself, or what is wrong with it for this dataset. */
export type RefreshFault<R, Id extends string, Key extends readonly string[]> =
  // The word is none at all: TypeScript has fallen back to the whole list, so the list of this store is shown.
  [Refresh] extends [R]
    ? RefreshIn[StoreOf<Id>]
    : string extends Id
      ? R
      : R extends RefreshIn[StoreOf<Id>]
        ? R extends 'key'
          ? Key extends readonly []
            ? `${Id} declares no key, which refresh: 'key' goes by`
            : R
          : R
        : "a dataset of the lake is refreshed by batch or full: to go by a key, cross with load({ mode: 'upsert' })"
