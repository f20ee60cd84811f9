import { expect, test } from 'vitest'
import { near } from './near.ts'

const known = ['crypto_data_pipeline', 'sales', 'sales_daily', 'stock']

test('finds what a person could have meant, nearest first', () => {
  expect(near('slaes', known)).toEqual(['sales'])
  expect(near('crypto', known)).toEqual(['crypto_data_pipeline'])
  expect(near('sales_dayly', known)).toEqual(['sales_daily'])
  expect(near('stok', known)).toEqual(['stock'])
})

test('suggests nothing where nothing is near', () => {
  expect(near('zebra', known)).toEqual([])
})
