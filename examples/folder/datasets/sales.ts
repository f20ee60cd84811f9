import { bigint, dataset, date, decimal, text, within } from 'sluice'

export const sales = dataset('silver.sales', {
  on: 'lake',
  columns: { order_id: bigint({ notNull: true }), customer: text(), total: decimal(10, 2), sold_on: date() },
  checks: [within('total', { min: 0 })],
  quarantine: { fail: 0.5 },
})
