import { cron, load, model, pipeline, soundVersions, sql, task } from 'sluice'
import { answers, customers, plans } from '../datasets/customers.ts'
import { shopAnswers } from '../sources/shop.ts'

const land = task({ name: 'land_customers', fills: [answers], run: (_, context) => context.lake.land(answers, shopAnswers(context)) })

const clean = model({
  into: customers,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql`select id as customer, changed_at as since, plan, has_left from ${answers.batch}`,
})

const keep = load({ from: customers, into: plans, mode: 'scd2' })

export default pipeline({
  name: 'plans',
  schedule: cron('0 * * * *'),
  params: { customers: [] },
  steps: [land, clean, keep, soundVersions(plans)],
})
