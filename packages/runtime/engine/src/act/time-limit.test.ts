import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { limitTime } from './time-limit.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** The event loop is blocked from now on for so long: timers that are due fire behind it. */
const blocked = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms)
}

const limited = (timeoutMs: number, alone: boolean) => {
  const told: number[] = []
  const ended: number[] = []
  const takeBack = limitTime({ timeoutMs, beside: () => !alone, told: (at) => told.push(at), over: () => ended.push(Date.now()) })
  return { told, ended, takeBack }
}

test('an attempt whose time is over is told once, on time', () => {
  const { told, ended } = limited(1_000, false)
  vi.advanceTimersByTime(5_000)
  expect([told, ended]).toEqual([[1_000], [1_000]])
})

test('what another attempt blocked the event loop is given back, at most the time itself', () => {
  const { told, ended } = limited(1_000, false)
  vi.advanceTimersByTime(500)
  blocked(800)
  vi.advanceTimersByTime(500)
  expect([told, ended]).toEqual([[1_000, 2_600], []])
  vi.advanceTimersByTime(800)
  expect(ended).toEqual([2_600])

  const long = limited(1_000, false)
  blocked(60_000)
  vi.advanceTimersByTime(2_000)
  expect(long.told[1]).toBe((long.told[0] ?? 0) + 60_000 + 1_000)
})

test('an attempt that is alone has blocked the event loop itself: nothing is given back', () => {
  const { ended } = limited(1_000, true)
  blocked(60_000)
  vi.advanceTimersByTime(1_000)
  expect(ended).toEqual([61_000])
})

test('what has ended is not told any more', () => {
  const { ended, takeBack } = limited(1_000, false)
  takeBack()
  vi.advanceTimersByTime(5_000)
  expect(ended).toEqual([])
})
