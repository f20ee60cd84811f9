/** Lines that must not compile, each with the reason; `tsc` fails when one of them starts to. */

import { cron, type DatasetRef, toDate } from '@sluice/core'
import { budget, type Columns, decimal, load, model, notNull, pipeline, sql, table, task, text, timestamp } from './index.ts'

declare const landed: DatasetRef<'lake'>
const bronze = task({ name: 'extract', run: () => landed })
const counted = task({ name: 'count', run: () => ({ rows: 3 }) })
const columns = { asset_id: text(), price_usd: decimal(38, 18), seen_at: timestamp() } satisfies Columns
const assets = model({
  name: 'silver.assets',
  on: 'lake',
  columns,
  refresh: { by: 'batch' },
  query: ({ batch }) => sql`select * from ${bronze} where ${batch.rows}`,
})
const prices = table({
  name: 'public.prices',
  columns: { asset_id: text({ notNull: true }), prix: decimal(38, 18, { notNull: true }) },
  key: ['asset_id'],
})

// What must keep compiling, so that the refusals below refuse for their own reason.
task({ name: 'report', needs: { counted }, run: ({ counted }) => counted.rows + 1 })
task({ name: 'always', needs: { counted }, rule: 'all_done', run: ({ counted }) => counted?.rows ?? 0 })
const loaded = load({ from: assets, into: prices, mode: 'append', columns: { prix: 'price_usd' } })
pipeline({ name: 'p', schedule: cron('*/30 * * * *'), steps: [loaded] })
model({
  name: 'public.top',
  on: 'warehouse',
  columns,
  refresh: { by: 'full' },
  query: () => sql`select * from ${prices} where asset_id = ${'bitcoin'}`,
})
const spent = { connection: 'api', creditsPerMonth: 100, tariff: { perCall: 1, bytesPerCredit: 1_000 } } as const
budget({ ...spent, onExceeded: 'warn', uses: [{ pipeline: 'p', perRun: [{ calls: 1, bytesPerCall: 10 }] }] })
interface Summary {
  readonly total: number
  readonly note?: string
}
task({ name: 'interface_output', run: (): Summary => ({ total: 1 }) })

// @ts-expect-error wrong input name
task({ name: 'a', needs: { counted }, run: ({ count }) => count })
// @ts-expect-error a field the upstream does not return
task({ name: 'b', needs: { counted }, run: ({ counted }) => counted.lines })
// @ts-expect-error wrong type of an input
task({ name: 'c', needs: { counted }, run: ({ counted }) => counted.rows.toUpperCase() })
// @ts-expect-error an input may be missing under all_done
task({ name: 'd', needs: { counted }, rule: 'all_done', run: ({ counted }) => counted.rows })
// @ts-expect-error a Date does not travel as JSON
task({ name: 'e', run: () => ({ at: toDate(0) }) })
// @ts-expect-error nor does a Map
task({ name: 'f', run: async () => new Map<string, number>() })
// @ts-expect-error a duration without its unit
task({ name: 'g', timeout: '30', run: () => 1 })
// @ts-expect-error a number is no duration
task({ name: 'h', retry: { attempts: 3, delay: 5 }, run: () => 1 })
// @ts-expect-error a trigger rule that does not exist
task({ name: 'i', rule: 'all_failed_twice', run: () => 1 })
// @ts-expect-error a check on an undeclared column
model({ name: 'silver.x', on: 'lake', columns, refresh: { by: 'full' }, checks: [notNull('asset')], query: () => sql`select 1` })
// @ts-expect-error a refresh key on an undeclared column
model({ name: 'public.v', on: 'warehouse', columns, refresh: { by: 'key', key: ['asset'] }, query: () => sql`select 1` })
// @ts-expect-error a lake model referencing a warehouse table
model({ name: 'silver.y', on: 'lake', columns, refresh: { by: 'full' }, query: () => sql`select * from ${prices}` })
// @ts-expect-error a warehouse model referencing a lake model
model({ name: 'public.z', on: 'warehouse', columns, refresh: { by: 'full' }, query: () => sql`select * from ${assets}` })
// @ts-expect-error a step that wrote no dataset cannot be read as a table
model({ name: 'silver.w', on: 'lake', columns, refresh: { by: 'full' }, query: () => sql`select * from ${counted}` })
// @ts-expect-error a Date is no SQL value
sql`select ${toDate(0)}`
// @ts-expect-error a key on an undeclared column
table({ name: 'public.t', columns: { id: text() }, key: ['ident'] })
// @ts-expect-error the table's not-null column is not filled
load({ from: assets, into: prices, mode: 'append' })
// @ts-expect-error mapped from a column the model does not declare
load({ from: assets, into: prices, mode: 'append', columns: { prix: 'price_eur' } })
// @ts-expect-error mapped to a column the table does not have
load({ from: assets, into: prices, mode: 'append', columns: { prix: 'price_usd', cours: 'price_usd' } })
// @ts-expect-error a load mode that does not exist
load({ from: assets, into: prices, mode: 'replace', columns: { prix: 'price_usd' } })
// @ts-expect-error a mode that a budget does not have
budget({ ...spent, onExceeded: 'ignore', uses: [] })
// @ts-expect-error calls without their size, which is what costs
budget({ ...spent, onExceeded: 'refuse', uses: [{ pipeline: 'p', perRun: [{ calls: 1 }] }] })
// @ts-expect-error a step used before it exists, so no cycle can be written
// biome-ignore lint/correctness/noInvalidUseBeforeDeclaration: the fault to be refused
const first = task({ name: 'first', needs: { second }, run: () => 1 })
// @ts-expect-error the same cycle seen from its other end
const second = task({ name: 'second', needs: { first }, run: () => 2 })
