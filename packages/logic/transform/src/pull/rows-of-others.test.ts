import { expect, test } from 'vitest'
import { refuseRowsOfOthers } from './rows-of-others.ts'

type Receipts = Parameters<typeof refuseRowsOfOthers>[0]
const receipt = (version: number, of: Partial<Receipts[number]>): Receipts[number] => ({
  ...{ batch: `b${version}`, generation: 0, version: String(version), task: 'fill', rowsWritten: 1 },
  ...of,
})
const own = (version: number) => receipt(version, { slice: { source: 'orders', since: null, greatest: null } })
const file = (version: number, of: Partial<Receipts[number]> = {}) =>
  receipt(version, { file: { source: 'inbox', path: 'a.csv', bytes: 1, modified: 0, hash: '' }, ...of })
const refusal = (...receipts: Receipts) => {
  try {
    refuseRowsOfOthers(receipts, { source: 'orders', dataset: 'lake.silver.a' })
    return undefined
  } catch (thrown) {
    return (thrown as Error).message
  }
}

test('rows of files, of another source and of a task are refused by the name of who brought them', () => {
  const said = (whose: string): string => `lake.silver.a holds rows ${whose}, and a full pull of orders would take them away`
  expect(refusal(own(1), file(2))).toBe(said('of the source inbox'))
  expect(refusal(receipt(10, { slice: { source: 'more', since: null, greatest: null } }), own(9))).toBe(said('of the source more'))
  expect(refusal(receipt(1, {}))).toBe(said('of the task fill'))
})

test('its own rows, rows that went already and batches without rows are not in the way', () => {
  expect(refusal()).toBeUndefined()
  expect(refusal(own(1), own(2))).toBeUndefined()
  expect(refusal(file(1), own(2))).toBeUndefined()
  expect(refusal(file(1, { batch: 'b' }), file(2, { batch: 'b', generation: 1, rowsWritten: 0 }))).toBeUndefined()
})
