import { expect, test } from 'vitest'
import { parseParams, textParams } from './params.ts'
import { UsageError } from './usage.ts'

test('values that read as JSON are that, others are text, and no digit is lost', () => {
  expect(
    parseParams(['n=5', 'on=true', 'none=null', 'list=[1,2]', 'name=Ada', 'empty=', 'eq=a=b', 'big=12345678901234567890', 'zero=007']),
  ).toEqual({
    n: 5,
    on: true,
    none: null,
    list: [1, 2],
    name: 'Ada',
    empty: '',
    eq: 'a=b',
    big: '12345678901234567890',
    zero: '007',
  })
})

test('values for a query stay the text they are', () => {
  expect(textParams(['n=5', 'none=null', 'eq=a=b', 'empty='])).toEqual({ n: '5', none: 'null', eq: 'a=b', empty: '' })
})

test('a pair without a name is a usage error', () => {
  expect(() => parseParams(['=x'])).toThrow(UsageError)
  expect(() => parseParams(['x'])).toThrow('--param "x" is not key=value')
})
