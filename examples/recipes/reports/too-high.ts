import { email, paragraph, pick, report, skip, sql } from 'sluice'
import { published } from '../datasets/invoices.ts'

/** Tells the team of invoices of this run that are above a limit; where there is none it is skipped, and says so. */
export const tooHigh = report({
  name: 'tell_of_high_invoices',
  reads: [published],
  to: [email('team')],
  write: async (_, { warehouse }) => {
    const found = await warehouse.rows(
      pick(published, 'id', 'customer', 'total'),
      sql`select id, customer, total from ${published.batch} where total > 10000 order by total desc limit 20`,
    )
    if (found.length === 0) return skip('no invoice is above 10,000')
    return {
      subject: `${found.length} invoices above 10,000`,
      body: found.map(({ id, customer, total }) => paragraph(`${id}, ${customer}: ${total}`)),
    }
  },
})
