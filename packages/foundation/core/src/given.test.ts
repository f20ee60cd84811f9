import { expect, expectTypeOf, test } from 'vitest'
import { given } from './given.ts'

test('a key that holds undefined is absent, whatever else is falsy stays', () => {
  const limit = undefined as number | undefined
  expect(Object.entries(given({ dataset: 'silver.assets', limit, at: null, dryRun: false, from: 0, text: '' }))).toEqual([
    ['dataset', 'silver.assets'],
    ['at', null],
    ['dryRun', false],
    ['from', 0],
    ['text', ''],
  ])
})

test('a key that may be undefined becomes one that may be absent, the others stay needed', () => {
  const values = { dataset: 'silver.assets', limit: undefined as number | undefined }
  expectTypeOf(given(values)).toEqualTypeOf<{ dataset: string; limit?: number }>()
  const optional: { readonly dataset: string; readonly limit?: number | undefined } = values
  expectTypeOf(given(optional)).toEqualTypeOf<{ readonly dataset: string; readonly limit?: number }>()
})
