import { defineErrors, permanent } from '@sluice/core'

export const connectionErrors = defineErrors('connection', {
  unknown: permanent<{ readonly project: string; readonly name: string }>({
    about: 'The project declares no connection of this name.',
    status: 404,
  }),
})
