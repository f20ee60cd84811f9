import { type Columns, dataset, decimal, integer, json, text, timestamp, within } from 'sluice'

/** What the files say, a body a file, and how it reads as rows. The column `request` names the file. */
export const answers = dataset('bronze.orders', {
  on: 'lake',
  bodies: json('$[*]', { id: integer(), customer: text(), total: decimal(12, 2), ordered_at: timestamp() }),
})

const columns = {
  id: integer({ notNull: true }),
  customer: text({ notNull: true }),
  total: decimal(12, 2, { notNull: true }),
  ordered_at: timestamp({ notNull: true }),
} satisfies Columns

/** Typed rows. An order of less than nothing goes to quarantine; where more than a third of the rows does, the step fails. */
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
