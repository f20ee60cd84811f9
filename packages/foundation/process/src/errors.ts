import { defineErrors, permanent } from '@sluice/core'

export const lockErrors = defineErrors('lock', {
  held: permanent({ about: 'Another process holds what may be held once: a state directory, a database, a migration.', status: 409 }),
})
