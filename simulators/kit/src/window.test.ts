import { expect, test } from 'vitest'
import { rateWindow } from './window.ts'

test('allows the limit to each client, then refuses until the window ends', () => {
  let now = 60_000 * 10 + 15_000
  const window = rateWindow({ limit: 2, windowMs: 60_000, now: () => now })
  expect(window.take('a')).toEqual({ allowed: true, used: 1, remaining: 1, resetMs: 45_000 })
  expect(window.take('a')).toEqual({ allowed: true, used: 2, remaining: 0, resetMs: 45_000 })
  expect(window.take('a')).toEqual({ allowed: false, used: 2, retryAfterMs: 45_000 })
  expect(window.take('b').allowed).toBe(true)
  now += 45_000
  expect(window.take('a').allowed).toBe(true)
})

test('at speed 60 a window of a minute passes in a second', () => {
  let now = 5000
  const window = rateWindow({ limit: 1, windowMs: 60_000, speed: 60, now: () => now })
  window.take('a')
  expect(window.take('a')).toEqual({ allowed: false, used: 1, retryAfterMs: 1000 })
  now += 1000
  expect(window.take('a').allowed).toBe(true)
})
