import { defineErrors, permanent, retryable } from '@sluice/core'

export const warehouseErrors = defineErrors('warehouse', {
  failed: permanent({ about: 'The warehouse refused a statement or a batch.' }),
  unavailable: retryable({ about: 'The warehouse cannot be reached, restarts, or gave a transaction up in favour of another.' }),
})
