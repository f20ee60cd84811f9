import { expect, test } from 'vitest'
import { positiveInteger } from './positive-integer.ts'

test.each([
  [7, 7],
  ['120', 120],
  [' 3 ', 3],
])('%j is a whole number from 1', (value, number) => {
  expect(positiveInteger(value, 'number of assets', 'Set it.')).toBe(number)
})

test.each([0, -1, 1.5, 2 ** 53, '', ' ', 'many', '1e999', null, true, [5], {}])('%j is refused, naming it and what to do', (value) => {
  expect(() => positiveInteger(value, 'number of assets', 'Set it.')).toThrow(
    expect.objectContaining({ code: 'config.invalid', message: `${JSON.stringify(value)} is not a number of assets`, next: 'Set it.' }),
  )
})
