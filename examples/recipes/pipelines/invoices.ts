import { cron, load, model, pipeline, sql, task } from 'sluice'
import { answers, invoices, published } from '../datasets/invoices.ts'
import { tooHigh } from '../reports/too-high.ts'
import { byCursor } from '../sources/pages.ts'

const land = task({ name: 'land_invoices', fills: [answers], run: (_, context) => context.lake.land(answers, byCursor(context)) })

export const clean = model({
  into: invoices,
  from: { answers },
  refresh: 'key',
  // Within one batch a key stands once: of what pages told twice, the newest.
  query: ({ answers }) => sql`
    select id, customer, total, changed_at from ${answers.batch}
    qualify row_number() over (partition by id order by changed_at desc) = 1`,
})

export const publish = load({ from: invoices, into: published, mode: 'upsert' })

export default pipeline({
  name: 'invoices',
  schedule: cron('15 2 * * *'),
  catchup: true,
  maxActiveRuns: { scheduled: 1, backfill: 4 },
  defaults: { retry: { attempts: 4, delay: '5s', backoff: 'exponential' }, timeout: '10m' },
  steps: [land, clean, publish, tooHigh],
})
