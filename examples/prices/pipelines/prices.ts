import { check, cron, formatInstant, type Instant, load, model, type Pages, pipeline, sql, type TaskContext, task } from 'sluice'
import { answers, prices, published } from '../datasets/prices.ts'

export async function* answersOf({ http, connection }: TaskContext, times: readonly Instant[]): Pages {
  for (const at of times) {
    const { url, receivedAt, body } = await http.request({ url: `${connection('prices').url}/prices`, query: { at: formatInstant(at) } })
    yield { source: 'prices', request: `GET ${url}`, receivedAt, body }
  }
}
const land = task({
  name: 'land_prices',
  fills: [answers],
  run: (_, context) => context.lake.land(answers, answersOf(context, [context.interval.end])),
})

export const clean = model({
  into: prices,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql`select coin, seen_at, usd from ${answers.batch}`,
})
export const publish = load({ from: prices, into: published, mode: 'upsert' })
export const enough = check({
  name: 'enough_coins',
  on: published,
  rule: sql`select count(distinct coin) >= 3 as ok, count(distinct coin) as coins from ${published.batch}`,
  message: 'only {coins} coins have a price',
})

export default pipeline({
  name: 'prices',
  schedule: cron('@hourly'),
  defaults: { retry: { attempts: 4, delay: '5s', backoff: 'exponential' } },
  steps: [land, clean, publish, enough],
})
