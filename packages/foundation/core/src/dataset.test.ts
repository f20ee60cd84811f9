import { expect, it } from 'vitest'
import { datasetIn, formatDatasetId, parseDatasetId } from './dataset.ts'

it('reads back what it writes', () => {
  const id = datasetIn('crypto-coincap', 'lake', 'bronze.coincap_assets')
  expect(formatDatasetId(id)).toBe('crypto-coincap:lake.bronze.coincap_assets')
  expect(parseDatasetId(formatDatasetId(id))).toEqual(id)
})

it.each([
  '',
  'assets',
  'p:silver.assets',
  'p:lake.silver',
  'P:lake.silver.a',
  'p:disk.silver.a',
  'p:lake.silver.a.b',
  'p:lake.silver.a-b',
  '../p:lake.a.b',
])('"%s" is not a dataset id', (text) => {
  expect(() => parseDatasetId(text)).toThrow(expect.objectContaining({ code: 'input.invalid', facts: { dataset: text } }))
})

it.each(['assets', 'silver.', '.assets', 'silver.a.b', 'silver.a-b', 'silver/../a.b', 'silver.a b'])('"%s" is not a short name', (name) => {
  expect(() => datasetIn('p', 'lake', name)).toThrow(expect.objectContaining({ code: 'definition.invalid' }))
})
