import { bigint, type Columns, dataset, date, integer, json, text } from 'sluice'

const columns = {
  sale: text({ notNull: true }),
  shop: text({ notNull: true }),
  day: date({ notNull: true }),
  cents: integer({ notNull: true }),
} satisfies Columns

export const answers = dataset('bronze.sales', {
  on: 'lake',
  bodies: json('$[*]', { sale: text(), shop: text(), day: date(), cents: integer() }),
})
export const sales = dataset('silver.sales', { on: 'lake', columns, key: ['sale'] })
export const published = dataset('public.sales', { on: 'warehouse', columns, key: ['sale'] })

/** Made anew by the day: only days of which a sale has come, changed or gone. */
export const days = dataset('silver.sales_days', {
  on: 'lake',
  columns: { day: date({ notNull: true }), sales: integer({ notNull: true }), cents: bigint() },
  key: ['day'],
  partition: 'day',
})

/** Always what `public.sales` holds, without a run. */
export const perDay = dataset('public.sales_per_day', {
  on: 'warehouse',
  as: 'view',
  columns: { shop: text({ comment: 'As the till spells it' }), day: date(), cents: bigint() },
  description: 'What each shop sold on a day',
})

/** Kept, and brought up to date by each run. Its key lets it be refreshed beside those who read it. */
export const perShop = dataset('public.sales_per_shop', {
  on: 'warehouse',
  as: 'materialized view',
  columns: { shop: text({ notNull: true }), days: integer({ notNull: true }), best_cents: bigint() },
  key: ['shop'],
  grants: { select: ['public'] },
})
