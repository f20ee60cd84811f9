import { email, message, paragraph, pick, skip, sql, task } from 'sluice'
import { published } from '../datasets/invoices.ts'

/** Tells the team of invoices of this run that are above a limit; where there is none it is skipped, and says so. */
export const tooHigh = task({
  name: 'tell_of_high_invoices',
  reads: [published],
  run: async (_, { warehouse, notify, run }) => {
    if (run.trigger === 'backfill') return skip('a backfill sends no mail')
    const found = await warehouse.rows(
      pick(published, 'id', 'customer', 'total'),
      sql`select id, customer, total from ${published.batch} where total > 10000 order by total desc limit 20`,
    )
    if (found.length === 0) return skip('no invoice is above 10,000')
    const lines = found.map(({ id, customer, total }) => paragraph(`${id}, ${customer}: ${total}`))
    return notify.send({ key: 'high', to: [email('team')], ...message({ subject: `${found.length} invoices above 10,000`, body: lines }) })
  },
})
