import { dataset, date, decimal, integer, text, within } from '@sluice/author'

export const sales = dataset('shop.sales', {
  on: 'warehouse',
  description: 'one row a sale',
  owner: 'finance',
  tags: ['money'],
  columns: {
    no: integer({ notNull: true }),
    day: date({ notNull: true }),
    status: text({ oneOf: ['open', 'paid'], default: "'open'" }),
    total: decimal(12, 2),
    mail: text(),
  },
  key: ['no', 'day'],
  order: 'day',
  keep: '400d',
  partition: { by: 'month', column: 'day' },
  indexes: [{ on: '(lower(mail))', where: "status = 'open'" }],
  checks: [within('total', { min: 0 })],
  grants: { select: ['analysts'] },
})
