import { activeRuns } from '@sluice/author'
import { formatInstant, parseInstant } from '@sluice/core'
import { expect, test } from 'vitest'
import { dueRuns, manualInterval, type ScheduleState } from './due-runs.ts'

const at = (text: string): number => parseInstant(text) ?? Number.NaN
const state = (overrides: Partial<ScheduleState>): ScheduleState => ({
  schedule: { cron: '0 * * * *' },
  timeZone: 'UTC',
  catchup: false,
  maxActiveRuns: activeRuns('p'),
  cursor: at('2026-11-21T00:00:00Z'),
  active: 0,
  waiting: 0,
  ...overrides,
})
const ticksOf = (overrides: Partial<ScheduleState>, now: string): string[] => dueRuns(state(overrides), at(now)).ticks.map(formatInstant)

test('without catchup only the latest missed tick runs', () => {
  const due = dueRuns(state({}), at('2026-11-21T05:30:00Z'))
  expect(due.ticks.map(formatInstant)).toEqual(['2026-11-21T05:00:00.000Z'])
  expect(formatInstant(due.cursor)).toBe('2026-11-21T05:00:00.000Z')
  expect(due.nextTick).toBe(at('2026-11-21T06:00:00Z'))
})

test('without catchup a tick that comes while a run waits for room is not lost but taken up later', () => {
  expect(dueRuns(state({ active: 1, waiting: 1 }), at('2026-11-21T01:00:00Z'))).toMatchObject({
    ticks: [],
    cursor: at('2026-11-21T00:00:00Z'),
  })
  expect(ticksOf({ active: 1 }, '2026-11-21T02:10:00Z')).toEqual(['2026-11-21T02:00:00.000Z'])
})

test('with catchup missed ticks run oldest first, one more than there is room for', () => {
  expect(ticksOf({ catchup: true, maxActiveRuns: activeRuns('p', 2) }, '2026-11-21T05:30:00Z')).toEqual([
    '2026-11-21T01:00:00.000Z',
    '2026-11-21T02:00:00.000Z',
    '2026-11-21T03:00:00.000Z',
  ])
  expect(ticksOf({ catchup: true, maxActiveRuns: activeRuns('p', 2), active: 2, waiting: 1 }, '2026-11-21T05:30:00Z')).toEqual([])
})

test('a limit of all classes together bounds the ticks that get a run', () => {
  const maxActiveRuns = activeRuns('p', { scheduled: 5, total: 2 })
  expect(ticksOf({ catchup: true, maxActiveRuns }, '2026-11-21T05:30:00Z')).toHaveLength(3)
})

test('nothing is due before the first tick after the cursor', () => {
  expect(ticksOf({}, '2026-11-21T00:59:59Z')).toEqual([])
  expect(ticksOf({}, '2026-11-21T01:00:00Z')).toEqual(['2026-11-21T01:00:00.000Z'])
})

const paris = { schedule: { cron: '30 2 * * *' }, timeZone: 'Europe/Paris', catchup: true, maxActiveRuns: activeRuns('p', 10) }

test('a daily tick in the hour that spring skips in Paris comes once', () => {
  const ticks = ticksOf({ ...paris, cursor: at('2026-03-28T12:00:00Z') }, '2026-03-30T12:00:00Z')
  expect(ticks).toHaveLength(2)
  expect(ticks[0]?.slice(0, 10)).toBe('2026-03-29')
  expect(ticks[1]).toBe('2026-03-30T00:30:00.000Z')
})

test('a daily tick in the hour that autumn repeats in Paris comes once', () => {
  const ticks = ticksOf({ ...paris, cursor: at('2026-10-24T12:00:00Z') }, '2026-10-26T12:00:00Z')
  expect(ticks).toHaveLength(2)
  expect(ticks[0]?.slice(0, 10)).toBe('2026-10-25')
  expect(ticks[1]).toBe('2026-10-26T01:30:00.000Z')
})

test('a manual run covers what came since the last tick, on a tick what the scheduled run covers, without a schedule nothing', () => {
  const hourly = { cron: '0 * * * *' }
  const [four, five, half] = [at('2026-11-21T04:00:00Z'), at('2026-11-21T05:00:00Z'), at('2026-11-21T05:30:00Z')]
  expect(manualInterval(hourly, half, 'UTC')).toEqual({ start: five, end: half })
  expect(manualInterval(hourly, five, 'UTC')).toEqual({ start: four, end: five })
  expect(manualInterval(null, 7, 'UTC')).toEqual({ start: 7, end: 7 })
})
