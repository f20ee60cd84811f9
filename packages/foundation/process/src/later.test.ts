import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { later } from './later.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const dayMs = 86_400_000

test.each([1, 2 ** 31 - 1, 2 ** 31, 30 * dayMs, 400 * dayMs])('a call comes after %d milliseconds, once, and not before', (ms) => {
  const act = vi.fn()
  later(ms, act)
  vi.advanceTimersByTime(ms - 1)
  expect(act).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(act).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(ms)
  expect(act).toHaveBeenCalledOnce()
})

test('a call that is taken back does not come, also where its timer has been set anew', () => {
  const act = vi.fn()
  const takeBack = later(60 * dayMs, act)
  vi.advanceTimersByTime(59 * dayMs)
  takeBack()
  vi.advanceTimersByTime(60 * dayMs)
  expect(act).not.toHaveBeenCalled()
})

test('a wait without an end does not end', () => {
  const act = vi.fn()
  later(Number.POSITIVE_INFINITY, act)
  vi.advanceTimersByTime(1_000 * dayMs)
  expect(act).not.toHaveBeenCalled()
})
