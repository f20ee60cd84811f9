import { env, httpConnection, project, secret } from 'sluice'

/** A project whose tasks say all that they can find out, in every spelling and on every way. For the canary of the mask. */
export default project({
  name: 'spills-secrets',
  timeZone: 'UTC',
  connections: { upstream: httpConnection({ url: env('CANARY_URL'), token: secret('CANARY_TOKEN') }) },
  secrets: { key: secret('CANARY_KEY') },
})
