import { dataset, date, decimal, integer, type Model, model, sql } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { dayIn } from '@sluice/core'
import { writeTo } from '@sluice/lake/testing'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { refuseExpired } from './expired.ts'

const days = dataset('public.days', {
  on: 'warehouse',
  columns: { day: date({ notNull: true }), usd: decimal(10, 2) },
  key: ['day'],
  order: 'day',
  keep: '30d',
})
const counts = dataset('public.counts', { on: 'warehouse', columns: { day: date({ notNull: true }), n: integer() }, key: ['day'] })
const counted = model({
  into: counts,
  from: { days },
  refresh: 'key',
  query: ({ days }, { interval }) => sql`select (${interval.start})::date as day, count(*) as n from ${days.batch}`,
}) as unknown as Model

let demo: TestWarehouse
beforeAll(async () => {
  demo = await testWarehouse(days, counts)
})
beforeEach(() => demo.warehouse.pool.query('truncate days, counts, sluice_loads, sluice_quarantine'))
afterAll(() => demo.close())

const dayMs = 86_400_000
const write = (name: string, tick: number) => ({ ...writeTo('bronze.x', { tick }), dataset: `demo:warehouse.public.${name}` })

test.each([
  ['Europe/Paris', '2026-11-01T23:00:00Z'],
  ['America/New_York', '2026-11-02T05:00:00Z'],
  ['UTC', '2026-11-02T00:00:00Z'],
])('of days, the oldest one that a retention keeps can be read again and the one before it cannot, in %s', async (timeZone, midnight) => {
  const start = Date.parse(midnight)
  const kept = await demo.warehouse.retain({ write: write('days', start), table: days, column: 'day', before: start, timeZone })
  expect(kept.reason).toContain(`before ${dayIn(start, timeZone)}`)
  const refusedFrom = (from: number): Promise<unknown> =>
    refuseExpired({
      model: counted,
      write: write('counts', from + dayMs),
      reading: { ...testReading([days, counts], { interval: { start: from, end: from + dayMs } }), timeZone },
      warehouse: demo.warehouse,
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect(await refusedFrom(start)).toBe(undefined)
  expect(await refusedFrom(start - 1)).toMatchObject({ code: 'warehouse.expired', facts: { before: '2026-11-02' } })
})
