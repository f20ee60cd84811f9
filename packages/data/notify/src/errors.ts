import { defineErrors, permanent, retryable } from '@sluice/core'

export const notifyErrors = defineErrors('notify', {
  refused: permanent({ about: 'A message cannot be delivered as it is: its channel, its address or its content is refused.' }),
  unavailable: retryable({ about: 'The mail server cannot be reached or asks to try later.' }),
})
