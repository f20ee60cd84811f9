import { dataset, integer, raw, text, timestamp, within } from 'sluice'

/** Lists of numbers as they came. */
export const landed = dataset('bronze.numbers', { on: 'lake', bodies: raw() })

export const silver = dataset('silver.numbers', {
  quarantine: { fail: 1 },
  on: 'lake',
  columns: { n: integer(), at: timestamp() },
  checks: [within('n', { min: 0, max: 10 })],
})

export const archive = dataset('gold.numbers', { on: 'lake', files: 'csv' })

export const note = dataset('gold.note', { on: 'lake', files: 'text/plain' })

export const numbers = dataset('public.numbers', {
  on: 'warehouse',
  columns: { n: integer({ notNull: true }), at: timestamp({ notNull: true }) },
  key: ['n', 'at'],
  order: 'at',
  keep: '30d',
})

/** What another pipeline makes of the numbers. */
export const followed = dataset('public.followed', {
  on: 'warehouse',
  columns: {
    n: integer({ notNull: true }),
    at: timestamp({ notNull: true }),
    made: timestamp({ notNull: true, default: "'2026-01-01Z'" }),
  },
  key: ['n', 'at'],
})

export const stats = dataset('public.stats', {
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), n: integer(), note: text() },
  key: ['at'],
})
