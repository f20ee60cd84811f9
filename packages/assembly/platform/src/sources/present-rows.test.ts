import type { SinkReceipt } from '@sluice/core'
import { expect, test } from 'vitest'
import { presentRows } from './present-rows.ts'

const receipt = (batch: string, of: Partial<SinkReceipt> = {}): SinkReceipt =>
  ({
    ...{ batch, generation: 0, status: 'written', rowsWritten: 3, rowsQuarantined: 1, writtenAt: 1, slice: { source: 'crm' }, ...of },
  }) as SinkReceipt
const three = [receipt('a'), receipt('b', { writtenAt: 2 }), receipt('c', { writtenAt: 3 })]
const rows = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
])

test('three full pulls of three rows are three rows', () => {
  expect(presentRows(three, { source: 'crm', whole: true, rows: new Map([['c', 3]]) })).toEqual({
    ...{ rowsWritten: 3, rowsQuarantined: 1, pulledAt: 3 },
  })
})

test('slices are told by the rows that stand in the dataset, a batch by its newest generation', () => {
  const again = receipt('a', { generation: 1, rowsQuarantined: 0, writtenAt: 4 })
  expect(presentRows([...three, again], { source: 'crm', whole: false, rows })).toEqual({ rowsWritten: 6, rowsQuarantined: 2, pulledAt: 4 })
})

test('rows of other sources do not count, and of one that was never pulled there are none', () => {
  const answers = receipt('d', { slice: undefined, answers: { source: 'shop', requests: 1 } })
  expect(presentRows([...three, answers], { source: 'shop', whole: true, rows: new Map([['d', 7]]) }).rowsWritten).toBe(7)
  expect(presentRows(three, { source: 'shop', whole: true, rows })).toEqual({ rowsWritten: 0, rowsQuarantined: 0, pulledAt: null })
})
