import { expect, test } from 'vitest'
import { storableOutput } from './output.ts'

test('an output is what JSON makes of it, and a task without an output stays without one', () => {
  expect(storableOutput('t', { a: [1, 'x', null], b: undefined })).toEqual({ a: [1, 'x', null] })
  expect(storableOutput('t', undefined)).toBeUndefined()
  expect(storableOutput('t', null)).toBeNull()
})

test.each([
  ['a Date', { when: new Date(0) }, 'output.when is a Date'],
  ['a bigint', [1n], 'output[0] is a bigint'],
  ['NaN', Number.NaN, 'it is NaN'],
  ['a Map', { m: new Map() }, 'output.m is a Map'],
  ['a NUL', { text: ['a\0b'] }, 'output.text[0] holds the character NUL'],
  ['half of a surrogate pair', '\ud83d', 'it holds half of a surrogate pair'],
  ['a NUL in a name', { 'a\0': 1 }, 'it has a name that holds the character NUL'],
])('%s is refused with its place', (_, value, text) => {
  expect(() => storableOutput('t', value)).toThrow(text)
})

test('a cycle and more than 64 KiB are refused', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(() => storableOutput('t', cycle)).toThrow('output.self contains itself')
  expect(() => storableOutput('t', 'x'.repeat(65_536))).toThrow('more than 65536')
})
