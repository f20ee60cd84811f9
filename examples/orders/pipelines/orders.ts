import { cron, load, model, pipeline, pull, restSource, sql } from 'sluice'
import { answers, buyers, customers, orders, published } from '../datasets/orders.ts'

/** The orders of a day, page after page. */
const shop = restSource({
  name: 'orders',
  connection: 'shop',
  path: '/orders',
  query: { day: '{since}' },
  incremental: { by: 'interval', as: 'date' },
  rows: '$.data[*]',
  pages: { by: 'page', pages: '$.pages' },
})

const land = pull({
  name: 'land_orders',
  from: shop,
  into: answers,
  retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
})

const clean = model({
  into: orders,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql`select id, customer, total, ordered_at, city from ${answers.batch}`,
})

/** Each customer by the newest order. */
const known = model({
  into: buyers,
  from: { orders },
  refresh: 'full',
  query: ({ orders }) => sql`select customer, arg_max(city, ordered_at) as city from ${orders} group by customer`,
})

// Customers are loaded before orders, since orders refer to them.
export default pipeline({
  name: 'orders',
  schedule: cron('@daily'),
  steps: [
    land,
    clean,
    known,
    load({ from: orders, into: published, mode: 'upsert' }),
    load({ from: buyers, into: customers, mode: 'upsert' }),
  ],
})
