import { cron, date, ephemeral, integer, load, model, type Pages, pipeline, sql, type TaskContext, task, text } from 'sluice'
import { answers, days, perDay, perShop, published, sales } from '../datasets/sales.ts'

/** What a till tells; the run's parameter stands for it. */
async function* answersOf({ params, interval }: Pick<TaskContext, 'params' | 'interval'>): Pages {
  yield { source: 'till', request: 'GET /sales', receivedAt: interval.end, body: JSON.stringify(params.sales ?? []) }
}
const land = task({
  name: 'land_sales',
  fills: [answers],
  run: (_, context) => context.lake.land(answers, answersOf(context)),
})
const clean = model({
  into: sales,
  from: { answers },
  refresh: 'key',
  query: ({ answers }) => sql`select sale, shop, day, cents from ${answers.batch}`,
})
const publish = load({ from: sales, into: published, mode: 'upsert' })

export const perDayInLake = model({
  into: days,
  from: { sales },
  refresh: 'partition',
  query: ({ sales }) => sql`select day, count(*) as sales, sum(cents) as cents from ${sales} group by day`,
})
/** Sales of some worth. It is stored nowhere. */
export const worthy = ephemeral('worthy_sales', {
  on: 'warehouse',
  columns: { shop: text(), day: date(), cents: integer() },
  from: { published },
  query: ({ published }) => sql`select shop, day, cents from ${published} where cents >= 100`,
})
export const viewOfDays = model({
  into: perDay,
  from: { published },
  refresh: 'view',
  query: () => sql`select shop, day, sum(cents) as cents from ${worthy} group by shop, day`,
})
export const viewOfShops = model({
  into: perShop,
  from: { perDay },
  refresh: 'view',
  hooks: { after: [sql`analyze ${perShop}`] },
  query: ({ perDay }) => sql`select shop, count(*) as days, max(cents) as best_cents from ${perDay} group by shop`,
})

export default pipeline({
  name: 'sales',
  schedule: cron('0 * * * *'),
  params: { sales: [] },
  steps: [land, clean, perDayInLake, publish, viewOfDays, viewOfShops],
})
