import { cron, load, model, type Pages, pipeline, sql, type TaskContext, task } from 'sluice'
import { answers, buyers, customers, orders, published } from '../datasets/orders.ts'

/** Page after page of a day. An answer is landed as it came; here it is read only for the number of pages. */
async function* pagesOf({ http, connection, interval }: TaskContext): Pages {
  const shop = connection('shop')
  const day = new Date(interval.start).toISOString().slice(0, 10)
  for (let page = 1, pages = 1; page <= pages; page++) {
    const answer = await http.request({ connection: shop, url: `${shop.url}/orders`, query: { day, page } })
    const body = await answer.text()
    pages = (JSON.parse(body) as { readonly pages: number }).pages
    yield { source: 'shop', request: `GET ${answer.url}`, receivedAt: answer.receivedAt, body }
  }
}

const land = task({
  name: 'land_orders',
  fills: [answers],
  retry: { attempts: 4, delay: '5s', backoff: 'exponential' },
  run: (_, context) => context.lake.land(answers, pagesOf(context)),
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
