import { integer, table, timestamp } from 'sluice'

export const numbers = table({
  name: 'public.numbers',
  columns: { n: integer({ notNull: true }), at: timestamp({ notNull: true }) },
  key: ['n', 'at'],
})
