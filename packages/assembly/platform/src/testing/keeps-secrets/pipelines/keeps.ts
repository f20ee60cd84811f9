import { pipeline, task } from 'sluice'

// While a file is imported nobody has claimed a task of its project.
if (process.env.KEEPS_KEY !== undefined) throw new Error('the secret is in the environment of an import')

const uses = task({
  name: 'uses',
  run: (_, { secret, connection }) => ({
    key: secret('key').length,
    token: connection('upstream').token?.length ?? 0,
    environment: [process.env.KEEPS_KEY === secret('key'), process.env.PRIES_KEY === undefined],
  }),
})

export default pipeline({ name: 'keeps', steps: [uses] })
