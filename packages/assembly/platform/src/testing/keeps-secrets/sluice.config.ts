import { env, httpConnection, project, secret } from 'sluice'

/** A project with secrets, beside one that pries. */
export default project({
  name: 'keeps-secrets',
  timeZone: 'UTC',
  connections: { upstream: httpConnection({ url: env('KEEPS_URL'), token: secret('KEEPS_TOKEN') }) },
  secrets: { key: secret('KEEPS_KEY') },
})
