import { scheduledRunKey } from '@sluice/core'
import { expect, test } from 'vitest'
import { backfillTicks, planBackfill, requireSchedule } from './backfill.ts'

const [zero, one, two] = [0, 1, 2].map((hour) => Date.UTC(2026, 10, 21, hour)) as [number, number, number]
const hourly = { cron: '0 * * * *' }

test('a backfill takes ticks from the start on and before the end', () => {
  expect(backfillTicks(hourly, { start: zero, end: two }, 'UTC')).toEqual([zero, one])
  expect(() => requireSchedule('p', null)).toThrow('has no schedule')
})

test('an interval that ends before it starts, and one of more than 10,000 ticks, are refused', () => {
  expect(() => backfillTicks(hourly, { start: two, end: two }, 'UTC')).toThrow('ends before it starts')
  expect(() => backfillTicks({ cron: '* * * * *' }, { start: zero, end: zero + 10_001 * 60_000 }, 'UTC')).toThrow('more than 10000 ticks')
})

test('ticks without a run get one; those with a run are cleared only when they are to be processed again', () => {
  const taken = new Map([
    [scheduledRunKey(two), 'a'],
    [scheduledRunKey(zero), 'b'],
  ])
  expect(planBackfill([zero, one, two], taken, false)).toEqual({ create: [one], existing: [zero, two], clear: [] })
  expect(planBackfill([zero, one, two], taken, true)).toEqual({ create: [one], existing: [zero, two], clear: ['a', 'b'] })
})
