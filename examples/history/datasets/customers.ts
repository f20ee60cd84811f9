import { boolean, type Columns, dataset, json, text, timestamp } from 'sluice'

/** What the shop answers: customers as they are, with the time of their last change; one that has left says so. */
export const answers = dataset('bronze.customers', {
  on: 'lake',
  bodies: json('$[*]', { id: text(), plan: text(), changed_at: timestamp(), has_left: boolean() }),
})

const seen = {
  customer: text({ notNull: true }),
  since: timestamp({ notNull: true }),
  plan: text({ notNull: true }),
  has_left: boolean(),
} satisfies Columns

export const customers = dataset('silver.customers', { on: 'lake', columns: seen, key: ['customer', 'since'] })

/** From when to when each customer had which plan. */
export const plans = dataset('public.plans', {
  on: 'warehouse',
  columns: { ...seen, until: timestamp(), holds: boolean({ notNull: true }) },
  key: ['customer', 'since'],
  versions: { from: 'since', to: 'until', current: 'holds', deleted: 'has_left' },
})
