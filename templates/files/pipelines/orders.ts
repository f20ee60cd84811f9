import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { check, cron, email, load, model, type Pages, pipeline, sql, type TaskContext, task } from 'sluice'
import { answers, orders, published } from '../datasets/orders.ts'
import { recordsOf } from '../sources/csv.ts'

/** Each run reads every file of the inbox: a row that came before changes nothing. Move away what was loaded when the folder gets large. */
async function* files({ variable, interval }: TaskContext): Pages {
  const folder = resolve(variable('inbox'))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.csv')).sort()
  for (const name of names) {
    const body = JSON.stringify(recordsOf(await readFile(join(folder, name), 'utf8')))
    yield { source: 'inbox', request: `file ${name}`, receivedAt: interval.end, body }
  }
}

const land = task({ name: 'land_orders', fills: [answers], run: (_, context) => context.lake.land(answers, files(context)) })

const clean = model({
  into: orders,
  from: { answers },
  refresh: 'key',
  // Several files may tell of one order: the newest word holds.
  query: ({ answers }) => sql`
    select id, customer, total, ordered_at from ${answers.batch}
    qualify row_number() over (partition by id order by ordered_at desc) = 1`,
})

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
  steps: [land, clean, publish, enough],
})
