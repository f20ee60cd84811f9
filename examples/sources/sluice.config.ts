import { env, httpConnection, postgresConnection, project, secret } from 'sluice'

export default project({
  name: 'furniture',
  connections: {
    store: httpConnection({
      url: env('STORE_URL', { default: 'https://store.example/v1' }),
      token: secret('STORE_KEY', { description: 'Key of the online store' }),
      limits: [{ calls: 120, per: '1m' }],
    }),
    crm: postgresConnection({ url: secret('CRM_DB', { description: 'postgres://reader:...@crm.example/crm' }) }),
  },
})
