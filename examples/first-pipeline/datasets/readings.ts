import { type Columns, dataset, integer, json, text, timestamp, within } from 'sluice'

/** The answers as they came, and how they read as rows. */
export const answers = dataset('bronze.readings', { on: 'lake', bodies: json('$[*]', { station: text(), celsius: integer() }) })

const columns = {
  station: text({ notNull: true }),
  celsius: integer({ notNull: true }),
  read_at: timestamp({ notNull: true }),
} satisfies Columns

/** Typed rows. One that breaks a rule goes to quarantine, counted; the others are written. */
export const readings = dataset('silver.readings', {
  on: 'lake',
  columns,
  key: ['station', 'read_at'],
  checks: [within('celsius', { min: -90, max: 60 })],
  // A station that is broken sends nothing but nonsense; unless told, a step fails when a tenth of its rows is left out.
  quarantine: { fail: 0.5 },
})

export const published = dataset('public.readings', { on: 'warehouse', columns, key: ['station', 'read_at'], order: 'read_at' })
