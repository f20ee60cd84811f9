import { cron, email, freshness, graded, matches, notNull, pipeline, quality, rowCount, sql, unique, violations, within } from 'sluice'
import { published } from '../datasets/invoices.ts'

const sound = quality({
  name: 'invoices_are_sound',
  on: published,
  checks: [
    unique('id'),
    notNull('customer'),
    matches('id', '[a-z0-9_-]+'),
    freshness('changed_at', '26h'),
    rowCount({ min: 1 }),
    // One in a hundred may be free of charge. More than that fails the step.
    graded(within('total', { min: '0.01' }), { atMost: '1%', name: 'free of charge' }),
    // A warning stands in the log and the output, and the run goes on.
    graded(within('total', { max: 10_000 }), { severity: 'warning', where: sql`customer <> 'Internal'`, name: 'unusually high' }),
    violations('billed twice', sql`select customer from ${published} group by customer, total, changed_at having count(*) > 1`),
  ],
})

export default pipeline({ name: 'sound_invoices', schedule: cron('30 7 * * *'), steps: [sound], notify: { failure: [email('team')] } })
