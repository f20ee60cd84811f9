import { bigint, dataset, decimal, integer, text, timestamp } from '@sluice/author'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'

const dimension = (name: string, rows: number) => ({
  rows,
  table: dataset(`public.${name}`, { on: 'warehouse', columns: { id: integer(), name: text({ notNull: true }) }, key: ['id'] }),
})

/** The tables referred to and how many rows each has. */
export const dimensions = {
  customer: dimension('customer', 100_000),
  product: dimension('product', 10_000),
  store: dimension('store', 500),
  day: dimension('day', 1_800),
}

const columns = {
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
}
const key = ['id', 'sold_at'] as const

/** Fourteen columns, none of them a reference. */
export const sales = dataset('public.sales', { on: 'warehouse', columns, key })

/** The same with four references. */
export const linkedSales = dataset('public.linked_sales', {
  on: 'warehouse',
  columns,
  key,
  references: {
    customer_id: dimensions.customer.table,
    product_id: dimensions.product.table,
    store_id: dimensions.store.table,
    day_id: dimensions.day.table,
  },
})

/** One a column, over `i`. */
const values: Readonly<Record<keyof typeof columns, string>> = {
  id: 'i',
  sold_at: `strftime(TIMESTAMP '2026-01-01' + to_seconds(i), '%Y-%m-%d %H:%M:%S+00')`,
  customer_id: `1 + hash(i) % ${dimensions.customer.rows}`,
  product_id: `1 + hash(i + 1) % ${dimensions.product.rows}`,
  store_id: `1 + hash(i + 2) % ${dimensions.store.rows}`,
  day_id: `1 + hash(i + 3) % ${dimensions.day.rows}`,
  quantity: '1 + i % 9',
  price: '((hash(i + 4) % 100000) * 0.01)::DECIMAL(12,2)',
  discount: 'CASE WHEN i % 3 = 0 THEN NULL ELSE ((hash(i + 5) % 1000) * 0.0001)::DECIMAL(12,4) END',
  total: '((hash(i + 6) % 10000000) * 0.0001)::DECIMAL(18,4)',
  currency: `CASE i % 3 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' ELSE 'CZK' END`,
  channel: `'channel-' || i % 7`,
  note: `'note of sale number ' || i`,
  reference: 'md5(i::VARCHAR)',
}

/** What is wrong with one row in so many. */
export interface Faults {
  /** A price that is not a number. */
  readonly unreadable?: number
  /** A customer, product, store or day that is not there, in turns. */
  readonly orphans?: number
}

/** CSV without header, as `loadBatch` reads it. */
export async function writeSales(connection: DuckConnection, file: string, rows: number, { unreadable, orphans }: Faults): Promise<void> {
  const sometimes = (every: number | undefined, turn: number, turns: number, fault: string, value: string): string =>
    every === undefined ? value : `CASE WHEN i % ${every * turns} = ${every * turn} THEN '${fault}' ELSE (${value})::VARCHAR END`
  const orphan = (column: keyof typeof values, turn: number) => sometimes(orphans, turn, 4, '-1', values[column])
  const cells = {
    ...values,
    price: sometimes(unreadable, 0, 1, 'unknown', values.price),
    customer_id: orphan('customer_id', 0),
    product_id: orphan('product_id', 1),
    store_id: orphan('store_id', 2),
    day_id: orphan('day_id', 3),
  }
  const list = Object.values(cells).join(', ')
  await connection.run(`COPY (SELECT ${list} FROM range(${rows}) AS source(i)) TO ${quoteLiteral(file)} (FORMAT csv, HEADER false)`)
}
