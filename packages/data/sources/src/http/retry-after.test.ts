import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-11-21T03:30:00Z')

test.each([
  ['120', 120_000],
  ['Sat, 21 Nov 2026 03:31:00 GMT', 60_000],
  ['Sat, 21 Nov 2026 03:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('reads %s as %s ms', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected)
})
