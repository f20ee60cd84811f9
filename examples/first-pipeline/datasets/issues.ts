import { type Columns, dataset, integer, json, text, timestamp, within } from 'sluice'

/** The answers as they came, and how they read as rows. */
export const answers = dataset('bronze.issues', {
  on: 'lake',
  bodies: json('$[*]', {
    number: integer(),
    title: text(),
    state: text(),
    author: text({ at: '$.user.login' }),
    comments: integer(),
    updated_at: timestamp(),
  }),
})

const columns = {
  number: integer({ notNull: true }),
  title: text({ notNull: true }),
  state: text({ notNull: true, oneOf: ['open', 'closed'] }),
  author: text({ notNull: true, comment: 'Login of who wrote it' }),
  comments: integer({ notNull: true }),
  updated_at: timestamp({ notNull: true }),
} satisfies Columns

/** Typed, each issue as it was last seen. A row that breaks a rule goes to quarantine, counted; the others are written. */
export const issues = dataset('silver.issues', {
  on: 'lake',
  columns,
  key: ['number'],
  order: 'updated_at',
  checks: [within('comments', { min: 0 })],
  // Issues of accounts that are gone have no author. Unless told, a step fails when a tenth of its rows is left out.
  quarantine: { fail: 0.5 },
})

export const published = dataset('public.issues', { on: 'warehouse', columns, key: ['number'], order: 'updated_at', fresh: '2h' })
