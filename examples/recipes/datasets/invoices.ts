import { type Columns, dataset, decimal, json, text, timestamp, within } from 'sluice'

const fields = { id: text(), customer: text({ at: '$.customer.name' }), total: decimal(12, 2), changed_at: timestamp() }
export const answers = dataset('bronze.invoices', { on: 'lake', keep: '90d', bodies: json('$.data[*]', fields) })

const columns = {
  id: text({ notNull: true }),
  customer: text({ notNull: true }),
  total: decimal(12, 2, { notNull: true }),
  changed_at: timestamp({ notNull: true }),
} satisfies Columns
const of = { columns, key: ['id'], order: 'changed_at' } as const

export const invoices = dataset('silver.invoices', { ...of, on: 'lake', checks: [within('total', { min: 0 })] })
export const published = dataset('public.invoices', { ...of, on: 'warehouse', fresh: '26h' })
