import { defineErrors, permanent, retryable } from '@sluice/core'

export const portErrors = defineErrors('port', {
  in_use: permanent<{ readonly port: number; readonly host: string }>({ about: 'Another program listens on the port.', status: 409 }),
})

export const serverErrors = defineErrors('server', {
  unreachable: retryable<{ readonly url: string }>({ about: 'The Sluice at the given URL does not answer.' }),
})
