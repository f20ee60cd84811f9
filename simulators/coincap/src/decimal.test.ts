import { expect, test } from 'vitest'
import { fixed, ONE, over, parse, print, times } from './decimal.ts'

test.each([
  [0, '0.0000000000000000'],
  [1, '1.0000000000000000'],
  [-0.05, '-0.0500000000000000'],
  [0.000_000_432, '0.0000004320000000'],
  [1e-17, '0.0000000000000000'],
  [589_246_000_000_000, '589246000000000.0000000000000000'],
])('prints %d with exactly 16 decimals and no exponent', (number, text) => {
  expect(print(fixed(number))).toBe(text)
  expect(parse(text)).toBe(fixed(number))
})

test('multiplies and divides exactly, cutting at the 16th decimal', () => {
  expect(print(times(parse('98400.1234567890123456'), parse('20000000.0000000000000000')))).toBe('1968002469135.7802469120000000')
  expect(print(over(ONE, 3n * ONE))).toBe('0.3333333333333333')
  expect(print(over(-2n * ONE, 3n * ONE))).toBe('-0.6666666666666666')
})
