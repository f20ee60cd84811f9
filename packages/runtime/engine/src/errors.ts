import { defineErrors, permanent, retryable } from '@sluice/core'

/** How an attempt ends beside the errors of its own code. */
export const attemptErrors = defineErrors('task', {
  killed: retryable({ about: 'The process of the attempt ended before the attempt did.' }),
  output: permanent({ about: 'What the task returned cannot travel to other tasks, or is not what they read.' }),
  timeout: retryable({ about: 'The attempt was not done within its timeout.' }),
})
