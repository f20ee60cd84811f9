import { defineErrors, permanent, retryable } from '@sluice/core'

export const warehouseErrors = defineErrors('warehouse', {
  failed: permanent({ about: 'The warehouse refused a statement or a batch.' }),
  expired: permanent<{ readonly dataset: string; readonly before: string }>({
    about: 'A model would make rows again of a source that keeps only a part of what they were made of.',
    status: 409,
  }),
  overtaken: permanent<{ readonly dataset: string; readonly batch: string; readonly newest: number }>({
    about: 'A full refresh of an older run would replace what a newer run has written.',
    status: 409,
  }),
  unavailable: retryable({ about: 'The warehouse cannot be reached, restarts, or gave a transaction up in favour of another.' }),
})
