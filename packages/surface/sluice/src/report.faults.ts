/**
 * Lines of reports and landed bodies that must not compile, each with the reason. `tsc` fails when one of them compiles. Not formatted: a
 * wrapped line moves its error away.
 */

import { dataset, email, emails, integer, landed, paragraph, pick, raw, report, skip, sql, task, text } from './index.ts'

const texts = dataset('gold.report', { on: 'lake', files: 'text/plain' })
const exported = dataset('gold.exported', { on: 'lake', files: 'parquet' })
const answers = dataset('bronze.answers', { on: 'lake', bodies: raw() })
const prices = dataset('public.prices', {
  on: 'warehouse',
  columns: { id: integer({ notNull: true }), who: text({ personal: true }) },
  key: ['id'],
})
const counted = task({ name: 'counted', run: () => ({ rows: 1 }) })
const body = [paragraph('a')]

// What must compile, so that the lines below fail for their own reason.
export const kept = report({
  name: 'kept',
  needs: { counted },
  reads: [prices],
  into: texts,
  to: ({ variable }) => emails(variable('mail_to')),
  write: async ({ counted }, { warehouse, interval }) => {
    const [row] = await warehouse.rows(pick(prices, 'id'), sql`select id from ${prices}`)
    return row === undefined ? skip('nothing') : { subject: `${row.id} of ${counted.rows} at ${interval.end}`, about: 'a', body }
  },
})
export const told = report({ name: 'told', into: texts, write: () => ({ subject: 's', body: [[body, false], null], output: { market: 1 } }) })
export const takes = report({ name: 'takes', into: texts, needs: { told }, write: ({ told }) => ({ subject: `${told.market} ${told.queued}`, body }) })
export const taken = landed({ name: 'taken', into: answers, otherwise: 'nothing was landed' })
const of = { name: 'of', to: [email('ops')] } as const

// @ts-expect-error a dataset of exports keeps no texts
report({ name: 'a', into: exported, write: () => ({ subject: 's', body }) })
// @ts-expect-error a table keeps no texts
report({ name: 'b', into: prices, write: () => ({ subject: 's', body }) })
// @ts-expect-error a message has a subject
report({ ...of, write: () => ({ body }) })
// @ts-expect-error a text is not a part of a message
report({ ...of, write: () => ({ subject: 's', body: ['a'] }) })
// @ts-expect-error a number is not a part of a message, nor a condition
report({ ...of, write: () => ({ subject: 's', body: [body.length && body] }) })
// @ts-expect-error an output travels as JSON, which cannot hold a Map
report({ ...of, write: () => ({ subject: 's', body, output: { market: new Map<string, string>() } }) })
// @ts-expect-error an output is an object, beside how many were told
report({ ...of, write: () => ({ subject: 's', body, output: 'market' }) })
// @ts-expect-error an output that the report does not give
report({ ...of, needs: { told }, write: ({ told }) => ({ subject: String(told.before), body }) })
// @ts-expect-error a statement that names what the report does not read
report({ ...of, write: async (_, { warehouse }) => ({ subject: String((await warehouse.rows(pick(prices, 'id'), sql`select id from ${prices}`)).length), body }) })
// @ts-expect-error a report writes nothing but itself
report({ ...of, write: (_, { lake }) => lake.put(texts, 'text').then(() => ({ subject: 's', body })) })
// @ts-expect-error a personal value in a message
report({ ...of, reads: [prices], write: async (_, { warehouse }) => ({ subject: 's', body: (await warehouse.rows(pick(prices, 'who'), sql`select who from ${prices}`)).map(({ who }) => paragraph(who ?? '')) }) })
// @ts-expect-error an output that the step does not need
report({ ...of, needs: { counted }, write: ({ loaded }) => ({ subject: String(loaded), body }) })
// @ts-expect-error a dataset that holds no bodies
landed({ name: 'c', into: texts, otherwise: 'a' })
// @ts-expect-error why there may be none is said
landed({ name: 'd', into: answers })
