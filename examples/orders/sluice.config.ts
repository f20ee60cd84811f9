import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'orders',
  connections: {
    shop: httpConnection({
      url: env('SHOP_URL', { default: 'https://shop.example' }),
      token: secret('SHOP_KEY', { description: 'Key of the shop’s API' }),
    }),
  },
})
