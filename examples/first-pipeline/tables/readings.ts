import { integer, table, text, timestamp } from 'sluice'

export const readings = table({
  name: 'public.readings',
  columns: { station: text({ notNull: true }), celsius: integer({ notNull: true }), read_at: timestamp({ notNull: true }) },
  key: ['station', 'read_at'],
})
