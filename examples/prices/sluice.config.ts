import { env, httpConnection, project } from 'sluice'

export default project({
  name: 'prices',
  connections: { prices: httpConnection({ url: env('PRICES_URL', { default: 'https://prices.example' }) }) },
})
