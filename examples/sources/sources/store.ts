import { restSource } from 'sluice'

/** Orders that were changed since the last pull, page after page. */
export const storeOrders = restSource({
  name: 'orders',
  connection: 'store',
  path: '/orders',
  query: { updated_since: '{since}' },
  rows: '$.data[*]',
  pages: { by: 'next', at: '$.next' },
  incremental: { by: 'greatest', at: '$.updated_at', overlap: '1h' },
})
