import type { AddFile } from '@sluice/delta'
import { expect, test } from 'vitest'
import { smallFilesOf } from './settings.ts'
import { planTidy } from './small-files.ts'

const rules = smallFilesOf({}) ?? { files: 0, smallBytes: 0, deletedShare: 0, budgetBytes: 0 }
const files = (day: string | null, count: number, size = 1_000, deleted = 0): readonly AddFile[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `${day}-${index}`,
    partitionValues: { day },
    size,
    modificationTime: 0,
    dataChange: true,
    stats: '{"numRecords":100}',
    ...(deleted === 0 ? {} : { deletionVector: { storageType: 'u', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: deleted } }),
  }))
const plan = (all: readonly AddFile[], change = {}) =>
  planTidy(all, { ...rules, ...change }).map(({ values, reason }) => [values.day, reason])

test('a partition is written together when it holds more than 20 files under 32 MiB, or more than a tenth of its rows deleted', () => {
  expect(plan([...files('a', 20), ...files('b', 21), ...files(null, 30)])).toEqual([
    [null, '30 small files'],
    ['b', '21 small files'],
  ])
  expect(plan(files('large', 40, 33 << 20))).toEqual([])
  expect(plan([...files('x', 1, 33 << 20, 10), ...files('y', 1, 33 << 20, 11)])).toEqual([['y', '11 % of the rows deleted']])
  expect(plan([])).toEqual([])
})

test('the budget ends the list, but never before the first', () => {
  const two = [...files('a', 30, 1 << 20), ...files('b', 25, 1 << 20)]
  expect(plan(two, { budgetBytes: 40 << 20 })).toEqual([['a', '30 small files']])
  expect(plan(two, { budgetBytes: 1 })).toEqual([['a', '30 small files']])
  expect(plan(two)).toHaveLength(2)
})
