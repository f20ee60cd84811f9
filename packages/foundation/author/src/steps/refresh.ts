/**
 * How a model writes. `batch`: each run adds the rows of its batch, a rerun replaces exactly those. `full`: the whole dataset each time.
 * `key`: under each key the latest row of all batches. `scd2`: each batch is what was seen at a time, and what differs from what was seen
 * before begins another version. `view`: the query is the dataset, which is declared as a view or a materialized view.
 * `partition`: partitions of which a source has changed are made anew, and replaced as a whole.
 */
export type Refresh = 'batch' | 'full' | 'key' | 'partition' | 'scd2' | 'view'

export const refreshes: readonly Refresh[] = ['batch', 'full', 'key', 'partition', 'scd2', 'view']

/** The word itself, or what is wrong with it for this dataset. */
export type RefreshFault<R, Id extends string, Key extends readonly string[], H> =
  // The word is none at all: TypeScript has fallen back to the whole list, which is shown.
  [Refresh] extends [R]
    ? Refresh
    : string extends Id
      ? R
      : 'view' extends H
        ? R extends 'view'
          ? R
          : `${Id} is a view: fill it by refresh: 'view'`
        : R extends 'view'
          ? `${Id} is a table: declare it as: 'view' or 'materialized view', or fill it by another refresh`
          : OfTable<R, Id, Key, H>

type OfTable<R, Id extends string, Key extends readonly string[], H> = R extends 'key'
  ? Key extends readonly []
    ? `${Id} declares no key, which refresh: 'key' goes by`
    : Kept<R, Id, H>
  : R extends 'scd2'
    ? 'versions' extends H
      ? R
      : `${Id} declares no versions (from, to), which refresh: 'scd2' keeps`
    : R extends 'partition'
      ? 'partition' extends H
        ? R
        : `${Id} declares no partition, which refresh: 'partition' goes by`
      : Kept<R, Id, H>

/** Versions are kept by one word; another one would put rows beside them that it knows nothing of. */
type Kept<R, Id extends string, H> = 'versions' extends H
  ? R extends 'full'
    ? R
    : `${Id} keeps versions: fill it by refresh: 'scd2', or by 'full'`
  : R
