import { defineErrors, retryable } from '@sluice/core'

/** How an attempt ends beside the errors of its own code. */
export const attemptErrors = defineErrors('task', {
  killed: retryable({ about: 'The process of the attempt ended before the attempt did.' }),
  timeout: retryable({ about: 'The attempt was not done within its timeout.' }),
})
