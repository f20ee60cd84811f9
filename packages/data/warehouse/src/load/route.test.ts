import { bigint, boolean, dataset, decimal, integer, text, timestamp, unique, within } from '@sluice/author'
import { expect, test } from 'vitest'
import { planLoad } from './plan.ts'
import { planRoute, type RouteFacts, type TableFacts } from './route.ts'

const columns = { id: bigint(), customer: integer(), region: text({ max: 8 }), price: decimal(12, 2), seen: timestamp(), note: text() }
const trades = dataset('public.trades', {
  on: 'warehouse',
  columns,
  key: ['id'],
  order: 'seen',
  keep: '7d',
  checks: [within('price', { min: 0 })],
})
const names = Object.keys(columns)
const given = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]))
const customers = { name: 'customer_fkey', table: 'public.customers', columns: ['customer'], to: ['id'], traits: '' }
const plan = planLoad(trades, 'append', names, [], given)

const table: TableFacts = { otherColumns: [], obstacles: [], mayDoWithoutTriggers: true, limit: undefined }
const facts: RouteFacts = { source: 'file', rows: 50_000, largeFrom: 10_000, table }
const found = { rows: 50_000, bytes: 5_000_000, tooMany: [], readOtherwise: [], heldBack: 500 }

test('a large file whose texts all fit goes straight, without a look', () => {
  expect(planRoute(plan, facts)).toEqual({ way: 'straight', looks: [], why: 'each text is known to fit its column' })
})

test('texts that may be anything are looked at, and so are references, once each', () => {
  const { price: _, region: __, note: ___, ...some } = given
  const linked = planLoad(trades, 'upsert', names, [customers, { ...customers, table: 'public.others' }], some)
  expect(planRoute(linked, { ...facts, found })).toEqual({
    way: 'straight',
    looks: [['customer'], ['region'], ['price']],
    why: 'looked at before: customer, region, price',
  })
})

test.each<readonly [string, Partial<RouteFacts>]>([
  ['the rows are in the warehouse already', { source: 'query' }],
  ['a stream can be read once only', { source: 'stream' }],
  ['fewer than 10000 rows', { rows: 9_999 }],
  ['the table has price otherwise than declared', { table: { ...table, otherColumns: ['price'] } }],
  ['the table has triggers, rules', { table: { ...table, obstacles: ['triggers', 'rules'] } }],
  ['customer and region has too many different values to look at each', { found: { ...found, tooMany: ['customer and region'] } }],
  ['COPY reads texts of price otherwise', { found: { ...found, readOtherwise: ['price'] } }],
  ['5001 of 50000 rows are refused', { found: { ...found, heldBack: 5_001 } }],
  ['5000 refused rows are too large for memory', { found: { ...found, heldBack: 5_000, bytes: 2 ** 30 } }],
])('staged: %s', (why, other) => {
  expect(planRoute(plan, { ...facts, ...other })).toEqual({ way: 'staged', why })
})

test('staged: the role may not insert without the triggers of foreign keys, which only a table with references needs', () => {
  const may = { ...facts, table: { ...table, mayDoWithoutTriggers: false } }
  expect(planRoute(plan, may).way).toBe('straight')
  expect(planRoute(planLoad(trades, 'append', names, [customers], given), may)).toMatchObject({ way: 'staged' })
})

test.each([
  [
    'region must be unique within the batch',
    dataset('public.trades', { on: 'warehouse', columns, key: ['id'], checks: [unique('region')] }),
  ],
  [
    'price may be changed to fit, and that is counted',
    dataset('public.trades', { on: 'warehouse', columns: { ...columns, price: decimal(12, 2, { round: true }) }, key: ['id'] }),
  ],
])('staged: %s', (why, other) => {
  const { price: _, ...some } = given
  expect(planRoute(planLoad(other, 'append', names, [], some), facts)).toEqual({ way: 'staged', why })
})

test('staged: rows may refer to rows of their batch, or by a column that the database fills', () => {
  const self = { name: 'trades_fkey', table: 'public.trades', columns: ['customer'], to: ['id'], traits: '' }
  expect(planRoute(planLoad(trades, 'append', names, [self], given), facts).why).toBe('customer may refer to rows of the batch')
  const filled = dataset('public.trades', {
    on: 'warehouse',
    columns: { id: bigint(), customer: integer({ default: '7' }), on: boolean() },
    key: ['id'],
  })
  expect(planRoute(planLoad(filled, 'append', ['id', 'on'], [customers], given), facts).why).toBe(
    'the database fills columns of a foreign key',
  )
})

test('staged: rows have an age, and its texts are not judged yet', () => {
  const { seen: _, ...some } = given
  const aged = { ...facts, table: { ...table, limit: '2026-01-01' } }
  expect(planRoute(plan, aged).way).toBe('straight')
  expect(planRoute(planLoad(trades, 'append', names, [], some), aged).why).toBe('texts of seen must be judged before their age')
})
