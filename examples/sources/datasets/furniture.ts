import { bigint, dataset, date, decimal, integer, json, text, timestamp } from 'sluice'

/** A row is a receipt of a till. Its shop is known by the name of the receipt. */
export const tills = dataset('silver.tills', {
  on: 'lake',
  columns: {
    receipt: text({ notNull: true }),
    sold_on: date({ notNull: true }),
    product: text({ notNull: true }),
    clerk: text(),
    amount: decimal(10, 2, { notNull: true }),
  },
})

/** What a product costs us, as the workbook of the buyers has it. */
export const prices = dataset('silver.prices', {
  on: 'lake',
  columns: { code: bigint({ notNull: true }), product: text({ notNull: true }), cost: decimal(10, 2), valid_from: date() },
})

/** The answers of the online store as they came, with the shape of an order. */
export const answers = dataset('bronze.web_orders', {
  on: 'lake',
  bodies: json('$.data[*]', {
    id: integer(),
    customer: text(),
    status: text(),
    total: decimal(12, 2),
    updated_at: timestamp(),
  }),
})

/** Each order once, as it was last. */
export const webOrders = dataset('silver.web_orders', {
  on: 'lake',
  columns: {
    id: integer({ notNull: true }),
    customer: text({ notNull: true }),
    status: text(),
    total: decimal(12, 2, { notNull: true }),
    updated_at: timestamp({ notNull: true }),
  },
  key: ['id'],
  order: 'updated_at',
})

/** Customers as the CRM has them. */
export const customers = dataset('silver.customers', {
  on: 'lake',
  columns: { id: text({ notNull: true }), name: text(), country: text(), changed_at: timestamp({ notNull: true }) },
  key: ['id'],
  order: 'changed_at',
})

export const margins = dataset('silver.margins', {
  on: 'lake',
  columns: { product: text({ notNull: true }), sold: bigint(), margin: decimal(14, 2) },
  key: ['product'],
})

export const spending = dataset('silver.spending', {
  on: 'lake',
  columns: { country: text(), orders: bigint(), spent: decimal(14, 2) },
})
