import { check, cron, email, fileSource, load, pipeline, pull, sql } from 'sluice'
import { orders, published } from '../datasets/orders.ts'

/** Each file is read once, and a corrected one replaces its rows. Its encoding, delimiter and dates are found by looking. */
const inbox = fileSource({ name: 'inbox', folder: { variable: 'inbox' }, pattern: '*.csv' })

const publish = load({ from: orders, into: published, mode: 'upsert' })

const enough = check({
  name: 'enough_orders',
  on: published,
  rule: sql`select count(*) >= 1 as ok, count(*) as orders from ${published}`,
  message: 'only {orders} orders are known',
})

export default pipeline({
  name: 'orders',
  schedule: cron('@hourly'),
  defaults: { retry: { attempts: 3, delay: '5s', backoff: 'exponential' }, timeout: '5m' },
  notify: { failure: [email('team')] },
  steps: [pull({ from: inbox, into: orders }), publish, enough],
})
