import type { DatasetRef, Interval, Receipt, Store } from '@sluice/core'
import type { AnyDataset, Reading } from '../index.ts'

/** A reading of these datasets in one run of the hour up to `end`. */
export const testReading = (
  datasets: readonly AnyDataset[],
  of: {
    /** By dataset id. */
    readonly batches?: Readonly<Record<string, readonly DatasetRef[]>>
    readonly interval?: Interval
    readonly timeZone?: string
    readonly writing?: string
  } = {},
): Reading => ({
  datasets: new Map(datasets.map((dataset) => [dataset.id, dataset])),
  interval: of.interval ?? { start: Date.UTC(2026, 10, 21, 3), end: Date.UTC(2026, 10, 21, 4) },
  timeZone: of.timeZone ?? 'UTC',
  batches: new Map(Object.entries(of.batches ?? {})),
  ...(of.writing === undefined ? {} : { writing: of.writing }),
})

/** A receipt as the steps below are told of it. */
export const refTo = <S extends Store>(store: S, { dataset, batch, generation, version, rowsWritten: rows }: Receipt): DatasetRef<S> => ({
  store,
  dataset,
  batch,
  generation,
  version,
  rows,
})
