import { bigint, boolean, type Columns, dataset, json, text, timestamp } from 'sluice'

/** Answers of the API as they came, and how they read as rows. */
export const answers = dataset('bronze.releases', {
  on: 'lake',
  bodies: json('$[*]', {
    id: bigint(),
    tag: text({ at: '$.tag_name' }),
    name: text(),
    is_preview: boolean({ at: '$.prerelease' }),
    published_at: timestamp(),
    url: text({ at: '$.html_url' }),
  }),
})

const columns = {
  id: bigint({ notNull: true }),
  tag: text({ notNull: true }),
  name: text(),
  is_preview: boolean({ notNull: true }),
  published_at: timestamp({ notNull: true }),
  url: text({ notNull: true }),
} satisfies Columns

/** Typed rows. One that breaks a rule, such as a draft without a date, goes to quarantine, counted. */
export const releases = dataset('silver.releases', { on: 'lake', columns, key: ['id'], order: 'published_at' })

/** A table of the warehouse. A migration makes it: after a change here, run `npx sluice warehouse diff --write NAME`. */
export const published = dataset('public.releases', { on: 'warehouse', columns, key: ['id'], order: 'published_at' })
