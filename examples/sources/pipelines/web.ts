import { cron, model, pipeline, pull, sql } from 'sluice'
import { answers, customers, spending, webOrders } from '../datasets/furniture.ts'
import { crmCustomers } from '../sources/crm.ts'
import { storeOrders } from '../sources/store.ts'

const orders = model({
  into: webOrders,
  from: { answers },
  refresh: 'key',
  query: ({ answers }) => sql`select id, customer, status, total, updated_at from ${answers.batch}`,
})

const spent = model({
  into: spending,
  from: { webOrders, customers },
  refresh: 'full',
  query: ({ webOrders, customers }) => sql`
    select c.country, count(*) as orders, sum(o.total) as spent
    from ${webOrders} o join ${customers} c on c.id = o.customer
    group by c.country`,
})

export default pipeline({
  name: 'web',
  schedule: cron('@hourly'),
  steps: [pull({ from: storeOrders, into: answers }), orders, pull({ from: crmCustomers, into: customers }), spent],
})
