/**
 * Lines that must not compile, each with the reason. `tsc` fails when one of them compiles. Not formatted: a wrapped line moves its error
 * away.
 */

import { dataset, integer, pick, raw, sensor, sql, type TaskContext, task, text } from './index.ts'

const landed = dataset('bronze.landed', { on: 'lake', bodies: raw() })
const typed = dataset('silver.typed', { on: 'lake', columns: { a: integer({ notNull: true }) } })
const exported = dataset('gold.exported', { on: 'lake', files: 'parquet' })
const report = dataset('gold.report', { on: 'lake', files: 'text/plain' })
const prices = dataset('public.prices', { on: 'warehouse', columns: { id: integer({ notNull: true }), who: text({ personal: true }) }, key: ['id'] })

async function* nothing() {}
const told = ({ log }: TaskContext, text: string) => log.info(text)

// What must compile, so that the lines below fail for their own reason.
export const kept = task({
  name: 'kept',
  reads: [typed, prices],
  fills: [landed, exported, report],
  run: async (_, context) => {
    const { lake, warehouse } = context
    await lake.land(landed, nothing())
    await lake.put(report, 'text')
    await lake.export(exported, sql`select * from ${typed}`)
    await lake.export(exported, { columns: { a: integer() }, rows: [{ a: 1 }] })
    await lake.rows({ n: integer() }, sql`select 1::integer as n from ${typed}`)
    const [row] = await warehouse.rows(pick(prices, 'id'), sql`select id from ${prices} where id = ${1}`)
    told(context, String(row?.id))
    return { id: row?.id ?? null }
  },
})
const reads = { name: 'reads', reads: [typed, prices] } as const

// @ts-expect-error a dataset that the step does not say it fills
task({ ...reads, run: (_, { lake }) => lake.land(landed, nothing()) })
// @ts-expect-error a dataset that holds no bodies
task({ name: 'a', fills: [typed], run: (_, { lake }) => lake.land(typed, nothing()) })
// @ts-expect-error a dataset of the warehouse
task({ name: 'b', fills: [prices], run: (_, { lake }) => lake.land(prices, nothing()) })
// @ts-expect-error a dataset of exports does not take a file as it is
task({ name: 'c', fills: [exported], run: (_, { lake }) => lake.put(exported, 'text') })
// @ts-expect-error a file as it is does not take rows
task({ name: 'd', reads: [typed], fills: [report], run: (_, { lake }) => lake.export(report, sql`select * from ${typed}`) })
// @ts-expect-error an export of a dataset that the step does not say it reads
task({ name: 'e', fills: [exported], run: (_, { lake }) => lake.export(exported, sql`select * from ${typed}`) })
// @ts-expect-error a statement that names what the step does not read
task({ name: 'f', run: (_, { warehouse }) => warehouse.rows(pick(prices, 'id'), sql`select id from ${prices}`) })
// @ts-expect-error a statement of the lake in the warehouse
task({ ...reads, run: (_, { warehouse }) => warehouse.rows({ a: integer() }, sql`select a from ${typed}`) })
// @ts-expect-error a statement of the warehouse in the lake
task({ ...reads, run: (_, { lake }) => lake.rows({ id: integer() }, sql`select id from ${prices}`) })
// @ts-expect-error a column that the row does not have
task({ ...reads, run: async (_, { warehouse }) => (await warehouse.rows(pick(prices, 'id'), sql`select id from ${prices}`))[0]?.price })
// @ts-expect-error a personal value as an output
task({ ...reads, run: async (_, { warehouse }) => ({ who: (await warehouse.rows(pick(prices, 'who'), sql`select who from ${prices}`))[0]?.who }) })
// @ts-expect-error a personal value as text
task({ ...reads, run: async (_, context) => told(context, (await context.warehouse.rows(pick(prices, 'who'), sql`select who from ${prices}`))[0]?.who) })
// @ts-expect-error a sensor fills nothing
sensor({ name: 'g', every: '1m', timeout: '1h', poll: (_, { lake }) => lake.land(landed, nothing()).then(() => true) })
// @ts-expect-error the stores depend on the step: a helper that any step may call has none
export const helper = ({ lake }: TaskContext) => lake
// @ts-expect-error a capability that does not exist
task({ name: 'h', run: (_, { stream }) => stream.read() })
// @ts-expect-error rows are asked for by columns, not by a type
task({ ...reads, run: (_, { warehouse }) => warehouse.rows<{ id: number }>(sql`select id from ${prices}`) })
// @ts-expect-error a column that the dataset does not have
pick(prices, 'price')
