/**
 * How a model writes. `batch`: each run adds the rows of its batch, a rerun replaces exactly those. `full`: the whole dataset each time.
 * `key`: under each key the latest row of all batches.
 */
export type Refresh = 'batch' | 'full' | 'key'

/** The word itself, or what is wrong with it for this dataset. */
export type RefreshFault<R, Id extends string, Key extends readonly string[]> =
  // The word is none at all: TypeScript has fallen back to the whole list, which is shown.
  [Refresh] extends [R]
    ? Refresh
    : string extends Id
      ? R
      : R extends 'key'
        ? Key extends readonly []
          ? `${Id} declares no key, which refresh: 'key' goes by`
          : R
        : R
