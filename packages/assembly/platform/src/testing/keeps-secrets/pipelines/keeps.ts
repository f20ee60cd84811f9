import { pipeline, task } from 'sluice'

const uses = task({
  name: 'uses',
  run: (_, { secret, connection }) => ({
    key: secret('key').length,
    token: connection('upstream').token?.length ?? 0,
    environment: [process.env.KEEPS_KEY === secret('key'), process.env.PRIES_KEY === undefined],
  }),
})

export default pipeline({ name: 'keeps', steps: [uses] })
