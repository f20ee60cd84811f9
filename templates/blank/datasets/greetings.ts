import { type Columns, dataset, json, text, timestamp } from 'sluice'

/** Bodies as they came, and how they read as rows. */
export const answers = dataset('bronze.greetings', { on: 'lake', bodies: json('$[*]', { name: text(), greeting: text() }) })

const columns = {
  name: text({ notNull: true }),
  greeting: text({ notNull: true }),
  said_at: timestamp({ notNull: true }),
} satisfies Columns

/** Typed rows. One that breaks a rule goes to quarantine, counted. */
export const greetings = dataset('silver.greetings', { on: 'lake', columns, key: ['name', 'said_at'] })

/** A table of the warehouse. A migration makes it: after a change here, run `npx sluice warehouse diff --write NAME`. */
export const published = dataset('public.greetings', { on: 'warehouse', columns, key: ['name', 'said_at'], order: 'said_at' })
