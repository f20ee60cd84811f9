import { defineErrors, permanent, retryable } from '@sluice/core'

export const lakeErrors = defineErrors('lake', {
  batch_empty: permanent<{ readonly dataset: string; readonly batch: string }>({ about: 'A landing gave no body at all.' }),
  body_malformed: retryable<{ readonly source: string; readonly request: string; readonly beforeByte: number }>({
    about: 'A body that was landed is not UTF-8 text.',
  }),
  body_too_large: permanent<{ readonly source: string; readonly request: string; readonly limit: number }>({
    about: 'A body that was landed is longer than one value of a Parquet file can be.',
  }),
  conflict: retryable<{ readonly dataset?: string; readonly batch?: string; readonly generation?: number; readonly delta?: string }>({
    about: 'Another writer was faster, or a newer generation of the batch is already written.',
    status: 409,
  }),
  corrupt: permanent<{ readonly path: string }>({ about: 'A file of the lake is not what its manifest or its own form says.' }),
  outdated: retryable<{ readonly dataset: string; readonly batch: string }>({
    about: 'Another write of the table came while this one was evaluated: it is evaluated once more.',
    status: 409,
  }),
  overtaken: permanent<{ readonly dataset: string; readonly batch: string; readonly newest: number }>({
    about: 'A full refresh of an older run would replace what a newer run has written.',
    status: 409,
  }),
  dataset_unknown: permanent({ about: 'The lake has no dataset, table or version of this name.', status: 404 }),
})

export const deltaErrors = defineErrors('delta', {
  failed: permanent({ about: 'A Delta table refused a read or a write; the facts hold its own code.' }),
})
