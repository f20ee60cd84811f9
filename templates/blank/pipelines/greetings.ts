import { check, cron, load, model, type Pages, pipeline, sql, type TaskContext, task } from 'sluice'
import { answers, greetings, published } from '../datasets/greetings.ts'

/** Made up here, so that there is something to run. A real body comes from `http.request`. */
async function* bodies({ interval }: TaskContext): Pages {
  const body = JSON.stringify([
    { name: 'Ada', greeting: 'Hello' },
    { name: 'Grace', greeting: 'Good morning' },
  ])
  yield { source: 'made up', request: 'none', receivedAt: interval.end, body }
}

const land = task({ name: 'land_greetings', fills: [answers], run: (_, context) => context.lake.land(answers, bodies(context)) })

const clean = model({
  into: greetings,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }, { interval }) => sql`select name, greeting, ${interval.end} as said_at from ${answers.batch}`,
})

const publish = load({ from: greetings, into: published, mode: 'append' })

const enough = check({
  name: 'enough_greetings',
  on: published,
  rule: sql`select count(*) >= 1 as ok, count(*) as greetings from ${published.batch}`,
  message: 'only {greetings} greetings',
})

export default pipeline({
  name: 'greetings',
  schedule: cron('@daily'),
  defaults: { retry: { attempts: 3, delay: '5s', backoff: 'exponential' }, timeout: '1m' },
  steps: [land, clean, publish, enough],
})
