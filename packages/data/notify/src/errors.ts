import { defineErrors, permanent, retryable } from '@sluice/core'

export const notifyErrors = defineErrors('notify', {
  misconfigured: retryable({
    about: 'The mail server refuses the settings: login, certificate or encryption. Messages wait until they are corrected.',
  }),
  refused: permanent({ about: 'A message cannot be delivered as it is: its channel, its address or its content is refused.' }),
  unavailable: retryable({ about: 'The mail server cannot be reached or asks to try later.' }),
})
