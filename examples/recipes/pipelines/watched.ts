import { check, cron, email, pipeline, sql } from 'sluice'
import { published } from '../datasets/invoices.ts'

const some = check({
  name: 'some_of_yesterday',
  on: published,
  rule: sql`select count(*) > 0 as ok, max(changed_at) as newest from ${published.since('1d')}`,
  message: 'nothing has changed since {newest}',
})

const few = check({
  name: 'not_much_less_than_usual',
  on: published,
  rule: sql`select count(*) * 2 >= (select count(*) / 7 from ${published.since('7d')}) as ok, count(*) as today from ${published.since('1d')}`,
  message: 'only {today} invoices, less than half of a usual day',
  // Told in the log and the ledger; the run goes on.
  otherwise: 'warn',
})

export default pipeline({ name: 'watched', schedule: cron('0 7 * * *'), steps: [some, few], notify: { failure: [email('team')] } })
