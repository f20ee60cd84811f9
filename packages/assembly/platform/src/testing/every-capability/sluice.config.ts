import { budget, env, httpConnection, project, secret } from 'sluice'

/** One pipeline that uses every capability, in the shapes that functions take. For the suite of the two roads. */
export default project({
  name: 'every-capability',
  timeZone: 'Europe/Paris',
  connections: { upstream: httpConnection({ url: env('UPSTREAM_URL') }) },
  variables: { greeting: env('GREETING', { default: 'hello' }) },
  secrets: { key: secret('UPSTREAM_KEY') },
  budgets: {
    upstream: budget({
      connection: 'upstream',
      creditsPerMonth: 100,
      tariff: { perCall: 1, bytesPerCredit: 1_000 },
      onExceeded: 'refuse',
      uses: [{ pipeline: 'everything', perRun: [{ calls: 1, bytesPerCall: 100 }] }],
    }),
  },
})
