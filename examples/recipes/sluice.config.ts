import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'recipes',
  connections: {
    billing: httpConnection({
      url: env('BILLING_URL', { default: 'https://billing.example' }),
      token: secret('BILLING_KEY'),
      // Left out, the key goes as a bearer token; { query: 'api_key' } puts it into the URL, and it is masked there.
      tokenIn: { header: 'x-api-key' },
    }),
  },
  platform: { mailGroups: { team: 'team@example.org' } },
})
