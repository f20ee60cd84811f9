import { defineErrors, permanent, retryable } from '@sluice/core'

/** How an attempt ends beside the errors of its own code. */
export const attemptErrors = defineErrors('task', {
  killed: retryable({ about: 'The process of the attempt ended before the attempt did.' }),
  refused: permanent({ about: 'A task changed what all tasks of its process share: the working directory, or the life of the process.' }),
  timeout: retryable({ about: 'The attempt was not done within its timeout.' }),
})
