import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { later, pause } from './later.ts'

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

test('a pause of 30 days lasts 30 days, and ends early with the reason of its signal', async () => {
  const [done, stopped] = [vi.fn(), vi.fn()]
  const controller = new AbortController()
  void pause(30 * dayMs).then(done)
  void pause(30 * dayMs, controller.signal).catch(stopped)
  await vi.advanceTimersByTimeAsync(29 * dayMs)
  expect(done).not.toHaveBeenCalled()
  controller.abort(new Error('enough'))
  await vi.advanceTimersByTimeAsync(dayMs)
  expect(done).toHaveBeenCalledOnce()
  expect(stopped).toHaveBeenCalledWith(new Error('enough'))
  await expect(pause(1, controller.signal)).rejects.toThrow('enough')
})
