import { expect, test } from 'vitest'
import { byteSize, count, flag, intervalMs } from './property-values.ts'

const hour = 3_600_000
test.for([
  ['interval 7 days', 168 * hour],
  ['7 days', 168 * hour],
  ['INTERVAL 1 WEEK', 168 * hour],
  ['interval 2 weeks 12 hours', 348 * hour],
  [' interval  90 minutes ', 1.5 * hour],
  ['interval 0 seconds', 0],
] as const)('the interval %s is %i ms', ([text, ms]) => {
  expect(intervalMs({ p: text }, 'p', undefined)).toBe(ms)
})

test.for(['', '7', 'days', 'interval 1 month', '7 days 3', '-1 days', '1.5 days'])(
  'the interval %j is refused by the name of its property',
  (text) => {
    expect(() => intervalMs({ 'delta.logRetentionDuration': text }, 'delta.logRetentionDuration', 0)).toThrow(
      expect.objectContaining({ code: 'property.invalid', message: expect.stringContaining('delta.logRetentionDuration') }),
    )
  },
)

test.for([
  ['134217728', 134217728],
  ['128mb', 134217728],
  ['128 MB', 134217728],
  ['1g', 2 ** 30],
  ['10k', 10240],
  ['5b', 5],
] as const)('the size %s is %i bytes', ([text, bytes]) => {
  expect(byteSize({ p: text }, 'p', 1)).toBe(bytes)
})

test.for(['', '0', 'mb', '1.5mb', '10tb', '-1'])('the size %j is refused by the name of its property', (text) => {
  expect(() => byteSize({ p: text }, 'p', 1)).toThrow(
    expect.objectContaining({ code: 'property.invalid', facts: { property: 'p', value: text } }),
  )
})

test('flags and whole numbers are parsed strictly, and an unset property has its default', () => {
  expect(flag({ p: 'TRUE' }, 'p', false)).toBe(true)
  expect(flag({ p: 'false' }, 'p', true)).toBe(false)
  expect(flag({}, 'p', true)).toBe(true)
  expect(() => flag({ p: 'yes' }, 'p', true)).toThrow(/"true" or "false"/)
  expect(count({ p: '12' }, 'p', 3)).toBe(12)
  expect(count({}, 'p', 3)).toBe(3)
  expect(() => count({ p: '0' }, 'p', 3)).toThrow(/at least 1/)
  expect(intervalMs({}, 'p', undefined)).toBeUndefined()
  expect(byteSize({}, 'p', 7)).toBe(7)
})
