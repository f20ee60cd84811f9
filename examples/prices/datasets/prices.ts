import { dataset, decimal, json, text, texts, timestamp, within } from 'sluice'

/** The answers as they came, and how they read as rows: `{ "at": "...", "prices": [{ "coin": "btc", "usd": "64000.12" }] }`. */
export const answers = dataset('bronze.prices', {
  on: 'lake',
  bodies: json('$.prices[*]', texts('coin', 'usd'), { seen_at: timestamp({ at: '$.at' }) }),
})

const columns = { coin: text({ notNull: true }), seen_at: timestamp({ notNull: true }), usd: decimal(38, 18, { notNull: true }) }
const key = ['coin', 'seen_at'] as const

/** Typed. A row that breaks a rule goes to quarantine; where more than half of an answer does, the step fails. */
export const prices = dataset('silver.prices', { on: 'lake', columns, key, checks: [within('usd', { min: 0 })], quarantine: { fail: 0.5 } })
export const published = dataset('public.prices', { on: 'warehouse', columns, key })
