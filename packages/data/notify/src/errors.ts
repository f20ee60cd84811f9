import { defineErrors, permanent, retryable } from '@sluice/core'

export const notifyErrors = defineErrors('notify', {
  misconfigured: retryable({
    about:
      'The mail server or a receiver refuses the settings: login, key, address, certificate or encryption. Messages wait until they are corrected.',
  }),
  refused: permanent({ about: 'A message cannot be delivered as it is: its channel, its address or its content is refused.' }),
  unavailable: retryable({ about: 'The mail server or a receiver cannot be reached or asks to try later.' }),
})
