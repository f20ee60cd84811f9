import { type Columns, dataset, decimal, integer, json, text, timestamp, within } from 'sluice'

/** The answers as they came: `{ "pages": 2, "data": [{ "id": 1, "customer": { "id": "c1", "city": "Lyon" }, ... }] }`. */
export const answers = dataset('bronze.orders', {
  on: 'lake',
  bodies: json('$.data[*]', {
    id: integer(),
    customer: text({ at: '$.customer.id' }),
    city: text({ at: '$.customer.city' }),
    total: decimal(12, 2),
    ordered_at: timestamp({ at: '$.at' }),
  }),
})

const ofCustomer = { customer: text({ notNull: true }), city: text() } satisfies Columns
const ofOrder = {
  id: integer({ notNull: true }),
  customer: text({ notNull: true }),
  total: decimal(12, 2, { notNull: true }),
  ordered_at: timestamp({ notNull: true }),
} satisfies Columns

/** Typed. An order of less than nothing goes to quarantine; where more than a fifth of the rows does, the step fails. */
export const orders = dataset('silver.orders', {
  on: 'lake',
  columns: { ...ofOrder, city: text() },
  key: ['id'],
  order: 'ordered_at',
  checks: [within('total', { min: 0 })],
  quarantine: { fail: 0.2 },
})
export const buyers = dataset('silver.buyers', { on: 'lake', columns: ofCustomer, key: ['customer'] })

export const customers = dataset('public.customers', { on: 'warehouse', columns: ofCustomer, key: ['customer'] })
export const published = dataset('public.orders', {
  on: 'warehouse',
  columns: ofOrder,
  key: ['id'],
  order: 'ordered_at',
  references: { customer: customers },
})
