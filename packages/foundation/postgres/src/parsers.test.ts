import { expect, test } from 'vitest'
import { parseInt8, parseTimestamptz } from './parsers.ts'

test.each([
  ['1970-01-01 00:00:00+00', 0],
  ['2026-11-21 03:38:13.123456+00', Date.UTC(2026, 10, 21, 3, 38, 13, 123)],
  ['2026-11-21 03:38:13.1+05:30', Date.UTC(2026, 10, 20, 22, 8, 13, 100)],
  ['2026-11-21 03:38:13-08', Date.UTC(2026, 10, 21, 11, 38, 13)],
  ['1890-01-01 00:09:21+00:09:21', Date.UTC(1890, 0, 1)],
  ['0099-01-01 00:00:00+00', new Date(0).setUTCFullYear(99, 0, 1)],
  ['0001-12-31 00:00:00+00 BC', new Date(0).setUTCFullYear(0, 11, 31)],
  ['12026-01-01 00:00:00+00', Date.UTC(12026, 0, 1)],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])('timestamptz %s is %d milliseconds', (text, ms) => {
  expect(parseTimestamptz(text)).toBe(ms)
})

test.each([
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', '9007199254740992'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['0', 0],
])('int8 %s loses no digit', (text, value) => {
  expect(parseInt8(text)).toBe(value)
})
