import { type Columns, dataset, decimal, integer, text, timestamp, within } from 'sluice'

const columns = {
  id: integer({ notNull: true }),
  customer: text({ notNull: true }),
  total: decimal(12, 2, { notNull: true }),
  ordered_at: timestamp({ notNull: true }),
} satisfies Columns

/** Each order as it was last told. One of less than nothing goes to quarantine; a file with more than a third of such rows is refused. */
export const orders = dataset('silver.orders', {
  on: 'lake',
  columns,
  key: ['id'],
  order: 'ordered_at',
  checks: [within('total', { min: 0 })],
  quarantine: { fail: 0.34 },
})

/** A table of the warehouse: each order as it was last told. After a change here, run `npx sluice warehouse diff --write NAME`. */
export const published = dataset('public.orders', { on: 'warehouse', columns, key: ['id'], order: 'ordered_at' })
