import { expect, test } from 'vitest'
import { asksForTurn, type Begun, overdueOf } from './overdue.ts'

const attempt = (at: number | null, cancelledAt?: number): Begun => ({ deadline: at === null ? undefined : { at }, cancelledAt })
const [due, later, without] = [attempt(1_000), attempt(9_000), attempt(null)]
const graceMs = 500

test.each<readonly [string, readonly Begun[], number, number, unknown]>([
  ['nobody whose grace time is not over', [due, without], 2_000, 1_500, { kind: 'none' }],
  ['who heard the signal and goes on', [due, without], 1_001, 1_501, { kind: 'deaf', timedOut: [due], cancelled: [] }],
  ['who is alone, and so blocks the event loop itself', [due], 0, 1_501, { kind: 'deaf', timedOut: [due], cancelled: [] }],
  ['nobody of several that could not hear: the process ends', [due, without], 1_000, 1_501, { kind: 'blocked' }],
  [
    'who is cancelled, heard or not',
    [attempt(null, 1_000), due],
    0,
    1_501,
    { kind: 'deaf', timedOut: [], cancelled: [attempt(null, 1_000)] },
  ],
  ['nobody without a time limit', [without, without], 0, 9_999_999, { kind: 'none' }],
  ['only whose time is over', [due, later], 1_200, 1_501, { kind: 'deaf', timedOut: [due], cancelled: [] }],
])('what does not stop: %s', (_, begun, turnedAt, now, overdue) => {
  expect(overdueOf(begun, { turnedAt, graceMs }, now)).toEqual(overdue)
})

test('a turn of the event loop is asked for once the time of an attempt is over, until there was one', () => {
  expect(asksForTurn([due, later], 0, 1_000)).toBe(false)
  expect(asksForTurn([due, later], 1_000, 1_001)).toBe(true)
  expect(asksForTurn([due, later], 1_001, 1_002)).toBe(false)
  expect(asksForTurn([without], 0, 1_002)).toBe(false)
})
