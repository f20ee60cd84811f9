import { bigint, decimal, integer, table, text, timestamp } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'

/** The referenced tables and how many rows each has. */
export const dimensions = { customer: 100_000, product: 10_000, store: 500, day: 1_800 } as const

/** Fourteen columns, four of them references. */
export const sales = table({
  name: 'public.sales',
  columns: {
    id: bigint({ notNull: true }),
    sold_at: timestamp({ notNull: true }),
    customer_id: integer({ notNull: true }),
    product_id: integer({ notNull: true }),
    store_id: integer({ notNull: true }),
    day_id: integer({ notNull: true }),
    quantity: integer({ notNull: true }),
    price: decimal(12, 2, { notNull: true }),
    discount: decimal(12, 4),
    total: decimal(18, 4, { notNull: true }),
    currency: text({ max: 3, notNull: true }),
    channel: text(),
    note: text(),
    reference: text({ notNull: true }),
  },
  key: ['id', 'sold_at'],
})

/** One a column, over `i`. */
const values: Readonly<Record<keyof typeof sales.columns, string>> = {
  id: 'i',
  sold_at: `strftime(TIMESTAMP '2026-01-01' + to_seconds(i), '%Y-%m-%d %H:%M:%S+00')`,
  customer_id: `1 + hash(i) % ${dimensions.customer}`,
  product_id: `1 + hash(i + 1) % ${dimensions.product}`,
  store_id: `1 + hash(i + 2) % ${dimensions.store}`,
  day_id: `1 + hash(i + 3) % ${dimensions.day}`,
  quantity: '1 + i % 9',
  price: '((hash(i + 4) % 100000) * 0.01)::DECIMAL(12,2)',
  discount: 'CASE WHEN i % 3 = 0 THEN NULL ELSE ((hash(i + 5) % 1000) * 0.0001)::DECIMAL(12,4) END',
  total: '((hash(i + 6) % 10000000) * 0.0001)::DECIMAL(18,4)',
  currency: `CASE i % 3 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' ELSE 'CZK' END`,
  channel: `'channel-' || i % 7`,
  note: `'note of sale number ' || i`,
  reference: 'md5(i::VARCHAR)',
}

/** CSV without header, as `loadBatch` reads it. One row in `badEvery` has a price that is no number; 0 for none. */
export async function writeSales(connection: DuckConnection, file: string, rows: number, badEvery: number): Promise<void> {
  const price = badEvery === 0 ? values.price : `CASE WHEN i % ${badEvery} = 0 THEN 'unknown' ELSE (${values.price})::VARCHAR END`
  const cells = Object.values({ ...values, price }).join(', ')
  await connection.run(`COPY (SELECT ${cells} FROM range(${rows}) AS source(i)) TO ${quoteLiteral(file)} (FORMAT csv, HEADER false)`)
}
